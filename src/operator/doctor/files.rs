//! Checks that only the owner can access the data folder and its files, and that the database has one name.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::config::Settings;
use crate::operator::doctor::findings::Findings;
use crate::replication::JOURNAL_FILE;

pub fn are_private(settings: &Settings, findings: &mut Findings) {
    let mut folders = BTreeSet::from([settings.data_dir.clone()]);
    let mut files: BTreeSet<PathBuf> =
        ["serve.lock", JOURNAL_FILE, "quickstart.json"].map(|name| settings.data_dir.join(name)).into();
    if let Some(path) = settings.database_url.sqlite_path() {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        folders.extend(path.parent().map(Path::to_owned));
        for ending in ["", "-wal", "-shm", "-journal"] {
            let mut name = path.clone().into_os_string();
            name.push(ending);
            files.insert(name.into());
        }
        files.insert(path.with_extension("migrating"));
        one_name(&path, findings);
    }
    let (folders, files) = (open_to_others(&folders), open_to_others(&files));
    if folders.is_empty() && files.is_empty() {
        return findings.fine("data files", "are accessible only to their owner");
    }
    let found: Vec<String> =
        folders.iter().chain(&files).map(|(path, mode)| format!("{path} (mode {mode:03o})")).collect();
    let change = |mode: &str, of: &[(String, u32)]| {
        let paths: Vec<&str> = of.iter().map(|(path, _)| path.as_str()).collect();
        (!paths.is_empty()).then(|| format!("chmod {mode} {}", paths.join(" ")))
    };
    let advice: Vec<String> =
        [change("700", &folders), change("600", &files)].into_iter().flatten().collect();
    findings.wrong("data files", format!("accessible to others: {}", found.join(", ")), advice.join(" && "));
}

/// Lists each file once, even if two paths lead to it.
fn open_to_others(paths: &BTreeSet<PathBuf>) -> Vec<(String, u32)> {
    let mut seen = BTreeSet::new();
    let mut open = Vec::new();
    for path in paths {
        let Ok(found) = std::fs::metadata(path) else { continue };
        if found.mode() & 0o077 != 0 && seen.insert((found.dev(), found.ino())) {
            open.push((path.display().to_string(), found.mode() & 0o777));
        }
    }
    open
}

/// SQLite names its write-ahead log after the path that it was given.
fn one_name(path: &Path, findings: &mut Findings) {
    if let Ok(found) = std::fs::metadata(path)
        && found.nlink() > 1
    {
        findings.wrong(
            "database file",
            format!("{} has {} hard links", path.display(), found.nlink()),
            "remove the other names: recent writes under one name are missing under another",
        );
    }
}
