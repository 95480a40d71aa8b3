//! Output and files of the commands on this machine: nothing that cannot be written is reported as done.

use std::fs::{self, File, Permissions};
use std::io::pipe;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use claviger_testkit::process::{claviger, run};

/// A database with a realm.
fn machine() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for arguments in [&["keys", "init"][..], &["realm", "create", "acme", "--owner", "a@acme.example"]] {
        let (status, _, errors) = run(claviger(folder.path()).args(arguments));
        assert!(status.success(), "{arguments:?}: {errors}");
    }
    folder
}

/// Exit code and standard error.
fn errors_of(command: &mut Command) -> (Option<i32>, String) {
    let output = command.stderr(Stdio::piped()).spawn().and_then(std::process::Child::wait_with_output);
    let output = output.expect("it ends");
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

fn into_full(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let full = File::options().write(true).open("/dev/full").expect("a device");
    errors_of(claviger(folder).args(arguments).stdout(full))
}

fn without_reader(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    errors_of(claviger(folder).args(arguments).stdout(writer))
}

#[test]
fn every_command_on_this_machine_fails_if_its_output_cannot_be_written() {
    let folder = machine();
    for arguments in [
        &["keys", "list"][..],
        &["keys", "list", "--json"],
        &["keys", "add"],
        &["realm", "list"],
        &["realm", "list", "--json"],
        &["realm", "suspend", "acme"],
        &["realm", "resume", "acme"],
        &["member", "token", "a@acme.example", "--realm", "acme"],
        &["audit", "verify"],
        &["backup", "-"],
        &["backup", "one.backup", "--json"],
        &["repair", "log"],
        &["migrate", "--check"],
        &["migrate"],
        &["config", "show"],
        &["doctor"],
        &["openapi"],
        &["completion", "bash"],
        &["help", "serve"],
        &["version"],
        &["--help"],
    ] {
        let (code, errors) = into_full(folder.path(), arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {errors}");
    }
}

#[test]
fn token_that_nobody_reads_is_named_with_what_to_do() {
    let folder = machine();
    for arguments in [
        &["member", "token", "a@acme.example", "--realm", "acme"][..],
        &["member", "token", "a@acme.example", "--realm", "acme", "--json"],
        &["realm", "create", "other", "--owner", "a@other.example"],
    ] {
        let (code, errors) = without_reader(folder.path(), arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {errors}");
        assert!(
            errors.contains("personal-access-token revoke ") && errors.contains("member token "),
            "{errors}"
        );
        assert!(!errors.contains("clvp_"), "{errors}");
    }
    let (code, errors) = without_reader(folder.path(), &["backup", "-"]);
    assert_eq!(code, Some(1), "{errors}");
    assert_eq!(
        without_reader(folder.path(), &["keys", "list"]).0,
        Some(0),
        "a list has a reader that has left"
    );
}

#[test]
fn commands_on_this_machine_answer_in_json() {
    let folder = machine();
    for arguments in [
        &["keys", "list"][..],
        &["keys", "add"],
        &["realm", "suspend", "acme"],
        &["realm", "resume", "acme"],
        &["member", "token", "a@acme.example", "--realm", "acme"],
        &["audit", "verify"],
        &["backup", "one.backup"],
        &["restore", "one.backup", "--data-dir", "restored"],
        &["repair", "log"],
        &["migrate", "--check"],
        &["config", "show"],
        &["version"],
    ] {
        let (status, output, errors) = run(claviger(folder.path()).args(arguments).arg("--json"));
        assert!(status.success(), "{arguments:?}: {errors}");
        let json: Result<Value, _> = serde_json::from_str(&output);
        assert!(json.is_ok_and(|json| json.is_object()), "{arguments:?}: {output}");
    }
    let (status, ..) = run(claviger(folder.path()).args(["backup", "-", "--json"]));
    assert_eq!(status.code(), Some(2));
}

/// Secrets are often mounted as links.
#[test]
fn master_key_behind_a_link_is_changed_in_place() {
    let folder = machine();
    let (name, target) = (folder.path().join("keys/master.key"), folder.path().join("real.key"));
    fs::rename(&name, &target).expect("a file");
    fs::set_permissions(&target, Permissions::from_mode(0o400)).expect("a file");
    symlink("../real.key", &name).expect("a link");
    let (status, _, errors) = run(claviger(folder.path()).args(["keys", "add"]));
    assert!(status.success(), "{errors}");
    assert!(name.is_symlink());
    assert_eq!(fs::read_to_string(&target).expect("a file").lines().count(), 2);
    assert_eq!(fs::metadata(&target).expect("a file").permissions().mode() & 0o777, 0o400);
}

#[test]
fn realms_are_listed_with_their_status() {
    let folder = machine();
    let listed = |more: &[&str]| {
        let (status, output, errors) = run(claviger(folder.path()).args(["realm", "list"]).args(more));
        assert!(status.success(), "{errors}");
        output
    };
    for arguments in
        [&["realm", "create", "zeta", "--owner", "z@zeta.example"][..], &["realm", "suspend", "acme"]]
    {
        assert!(run(claviger(folder.path()).args(arguments)).0.success(), "{arguments:?}");
    }
    let items: Value = serde_json::from_str(&listed(&["--json"])).expect("JSON");
    let items = items["items"].as_array().expect("items");
    let facts: Vec<_> = items.iter().map(|item| (item["realm"].as_str(), item["status"].as_str())).collect();
    assert_eq!(facts, [(Some("acme"), Some("suspended")), (Some("zeta"), Some("active"))]);
    assert!(items[0]["suspended_at"].is_string() && items[1]["suspended_at"].is_null());
    let table = listed(&[]);
    assert!(table.contains("REALM") && table.contains("acme") && table.contains("suspended"), "{table}");
}
