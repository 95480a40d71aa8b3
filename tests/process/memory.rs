//! Memory that was needed once is returned to the system.

use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::patience::until;
use claviger_testkit::process::{ServerProcess, claviger, free_address};

/// Less than the 19 MiB that one password hash takes.
const SLACK: u64 = 12 * 1024 * 1024;

#[test]
fn memory_of_hashed_passwords_is_returned() {
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
    // It hashes the password of the first local account, and the next does not.
    assert!(start(&[]).terminate().success());
    let server = start(&["--keep"]);
    let before = server.peak_memory();

    // An unknown account costs the same hash. Two are made at a time: at least 38 MiB.
    let sign_in = || {
        let form = [("email", "nobody@example.com"), ("password", "not the password of anybody")];
        Request::form("/console/demo/sign-in/local", &form).send(server.address)
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(sign_in))));
    let peak = server.peak_memory();
    assert!(peak > before + SLACK, "passwords were hashed: {peak} bytes at most, and {before} before");
    until("the memory is returned", || server.resident_memory() < before + SLACK);
    assert!(server.terminate().success());
}
