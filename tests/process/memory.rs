//! Memory that was needed once is returned to the system.

use tempfile::TempDir;

use claviger_testkit::patience::until;
use claviger_testkit::process::{ServerProcess, claviger, free_address};

/// Less than the 19 MiB that one password hash takes.
const SLACK: u64 = 12 * 1024 * 1024;

#[test]
fn memory_of_a_hashed_password_is_returned() {
    let folder = TempDir::new().expect("a temporary folder");
    let start = |arguments: &[&str]| {
        let address = free_address();
        ServerProcess::start_as(folder.path(), address, || {
            let mut command = claviger(folder.path());
            command.args(["serve", "--dev", "--listen", &address.to_string()]);
            command.args(arguments).arg("--data-dir").arg(folder.path().join("data"));
            command
        })
    };
    // Hashes the password of the first local account.
    assert!(start(&[]).terminate().success());
    let kept = start(&["--keep"]);
    let without = kept.peak_memory();
    assert!(kept.terminate().success());

    let server = start(&[]);
    let peak = server.peak_memory();
    assert!(peak > without + SLACK, "a password was hashed: {peak} bytes, and {without} without");
    until("the memory is returned", || server.resident_memory() < without + SLACK);
    assert!(server.terminate().success());
}
