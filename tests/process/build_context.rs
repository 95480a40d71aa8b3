//! The container image is built from what `.dockerignore` leaves: it compiles, and has nothing that is secret or changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use claviger_testkit::paths::{root, server_binary};
use claviger_testkit::process::run;

/// Whether a file is part of the build context: the last pattern that matches it decides.
struct Ignored(Vec<(bool, String)>);

impl Ignored {
    fn read() -> Self {
        let text = fs::read_to_string(root().join(".dockerignore")).expect(".dockerignore");
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let patterns = lines.map(|line| match line.strip_prefix('!') {
            Some(kept) => (true, kept.trim_matches('/').to_owned()),
            None => (false, line.trim_matches('/').to_owned()),
        });
        let patterns: Vec<_> = patterns.collect();
        for (_, pattern) in &patterns {
            let is_plain = pattern == "*" || !pattern.contains(['*', '?', '[', '\\']);
            assert!(is_plain, "{pattern}: this test knows whole names and * alone");
        }
        Self(patterns)
    }

    fn keeps(&self, file: &str) -> bool {
        let matches = |pattern: &str| {
            pattern == "*"
                || file == pattern
                || file.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('/'))
        };
        let last = self.0.iter().rev().find(|(_, pattern)| matches(pattern));
        last.is_none_or(|(kept, _)| *kept)
    }
}

/// The context as a builder would receive it, from files that git has or would add.
fn context() -> (TempDir, Vec<String>) {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root());
    let (status, listed, errors) = run(&mut git);
    assert!(status.success(), "{errors}");
    let ignored = Ignored::read();
    let folder = TempDir::new().expect("a folder");
    let kept = listed.lines().filter(|file| ignored.keeps(file) && root().join(file).is_file());
    let kept: Vec<String> = kept.map(str::to_owned).collect();
    for file in &kept {
        let target = folder.path().join(file);
        fs::create_dir_all(target.parent().expect("a folder")).expect("a folder");
        fs::copy(root().join(file), target).expect(file);
    }
    (folder, kept)
}

fn cargo(folder: &Path, arguments: &[&str]) -> String {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let target = server_binary().ancestors().nth(2).map(PathBuf::from).expect("the target folder");
    cargo.args(arguments).args(["--locked", "--offline"]).current_dir(folder).env("CARGO_TARGET_DIR", target);
    let (status, output, errors) = run(&mut cargo);
    assert!(status.success(), "{arguments:?} in the build context: {errors}");
    output
}

#[test]
fn image_compiles_from_its_build_context() {
    let (folder, files) = context();
    assert!(files.len() > 100, "{}", files.len());
    let facts: Value =
        serde_json::from_str(&cargo(folder.path(), &["metadata", "--format-version", "1", "--no-deps"]))
            .expect("JSON");
    let packages = facts["packages"].as_array().expect("packages");
    let targets = packages.iter().flat_map(|package| package["targets"].as_array().expect("targets"));
    let mut members = 0;
    for target in targets {
        let source = Path::new(target["src_path"].as_str().expect("a path"));
        assert!(source.starts_with(folder.path()) && source.exists(), "{}", source.display());
        members += 1;
    }
    assert!(members > packages.len(), "{members} targets");
    cargo(folder.path(), &["check", "--bin", "claviger", "--quiet"]);
}

#[test]
fn build_context_has_nothing_that_changes_without_the_program() {
    let ignored = Ignored::read();
    for file in [
        ".env",
        "keys/master.key",
        "keys/postgres_password",
        "data/claviger.db",
        "target/debug/claviger",
        ".git/HEAD",
        ".tools/bin/x",
        "docs/README.md",
        "CHANGELOG.md",
        "claviger.toml",
    ] {
        assert!(!ignored.keeps(file), "{file}");
    }
    // Each name stands for something: a mistyped one would keep nothing.
    for (_, pattern) in ignored.0.iter().filter(|(kept, _)| *kept) {
        assert!(root().join(pattern).exists(), "{pattern} does not exist");
    }
}

#[test]
fn image_is_built_with_caches_and_runs_as_its_own_user() {
    let text = fs::read_to_string(root().join("Dockerfile")).expect("the Dockerfile").replace("\\\n", " ");
    let build = text.lines().find(|line| line.contains("cargo build")).expect("the build");
    for cache in ["/usr/local/cargo/registry", "/build/target"] {
        assert!(
            build.contains(&format!("--mount=type=cache,target={cache}")),
            "{cache} is not kept between builds"
        );
    }
    assert!(
        text.lines().any(|line| line.starts_with("USER ") && !line.contains("root") && !line.contains(" 0"))
    );
    // Every source is copied after what is slow to install.
    let position = |words: &str| text.find(words).unwrap_or_else(|| panic!("no {words}"));
    assert!(position("apt-get install") < position("COPY . ."));
}
