//! The installed programs of PostgreSQL, and the user that may run them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::servers::{unpacked_servers, user_ids};

/// PostgreSQL refuses to run as root. The first is brought by its Debian package, where that is installed.
pub const USERS_WHEN_ROOT: [&str; 2] = ["postgres", "nobody"];

/// `{folder}/{version}/bin` of the highest version, installed or unpacked: Debian installs several side by side.
pub fn newest_binaries() -> Result<PathBuf, String> {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    [PathBuf::from("/usr/lib/postgresql"), unpacked_servers().join("postgresql")]
        .into_iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let binaries = path.join("bin");
            let complete =
                ["initdb", "pg_ctl", "postgres", "psql"].iter().all(|name| binaries.join(name).is_file());
            Some((version(&path).filter(|_| complete)?, binaries))
        })
        .max()
        .map(|(_, binaries)| binaries)
        .ok_or_else(|| {
            "the tests need a PostgreSQL server, 15 or newer: run scripts/install-test-dependencies, or install the \
             package postgresql"
                .to_owned()
        })
}

/// The ids of another user if this process is root, detected by the owner of the folder that it just created.
pub fn user_to_become(folder: &Path) -> Result<Option<(u32, u32)>, String> {
    let owner =
        fs::metadata(folder).map_err(|error| format!("cannot look at {}: {error}", folder.display()))?.uid();
    if owner != 0 {
        return Ok(None);
    }
    USERS_WHEN_ROOT.iter().find_map(|name| user_ids(name)).map(Some).ok_or_else(|| {
        format!("PostgreSQL does not run as root, and there is no user of {USERS_WHEN_ROOT:?} to run it as")
    })
}
