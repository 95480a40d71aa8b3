//! Adjustable wall clocks, one per process, by the library libfaketime.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// libfaketime reads the file again at most once a second.
const FILE: &str = "clock";

/// The boot clock and the monotonic clock are unchanged: they cannot be set on a real machine either.
pub fn prepare(command: &mut Command, home: &Path) {
    let file = home.join(FILE);
    if !file.exists() {
        set(home, 0);
    }
    command.env("LD_PRELOAD", library());
    command.env("FAKETIME_TIMESTAMP_FILE", file);
    command.env("FAKETIME_CACHE_DURATION", "1");
    command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("NO_FAKE_STAT", "1");
}

/// Replaces the file atomically, so that no reader sees a partial value.
pub fn set(home: &Path, offset: i64) {
    let new = home.join("clock.new");
    fs::write(&new, format!("{offset:+}")).expect("a file");
    fs::rename(new, home.join(FILE)).expect("a file");
}

fn library() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").expect("the libraries of the system");
    let of = |folder: PathBuf| folder.join("faketime/libfaketimeMT.so.1");
    let mut found = folders.flatten().map(|folder| of(folder.path())).filter(|library| library.exists());
    found.next().expect("the tests need the package libfaketime (Debian: apt-get install libfaketime)")
}
