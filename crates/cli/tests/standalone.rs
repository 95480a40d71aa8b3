//! The command line needs nothing of the server: no database client, no second TLS library.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::process::Command;

#[track_caller]
fn output_of(command: &mut Command) -> String {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn binary_links_no_database_client_and_no_openssl() {
    let linked = output_of(Command::new("ldd").arg(env!("CARGO_BIN_EXE_claviger-cli")));
    assert!(linked.contains("libc.so"), "{linked}");
    for library in ["libpq", "libssl", "libcrypto", "libsqlite3", "libkrb5", "libldap"] {
        assert!(!linked.contains(library), "{library}: {linked}");
    }
}

#[test]
fn package_depends_on_nothing_of_the_server() {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--package", "claviger-cli", "--edges", "normal", "--prefix", "none", "--locked"]);
    tree.args(["--offline", "--format", "{p}"]);
    let tree = output_of(&mut tree);
    let names: Vec<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"rustls"), "{tree}");
    for server in ["claviger", "actix-web", "diesel", "pq-sys", "libsqlite3-sys", "openssl-sys", "tokio"] {
        assert!(!names.contains(&server), "{server} is linked");
    }
}

#[test]
fn help_names_the_commands_that_need_no_server_here() {
    let help = output_of(Command::new(env!("CARGO_BIN_EXE_claviger-cli")).arg("--help"));
    for command in ["git-credential", "docker-credential", "token", "run", "credential", "realm", "audit"] {
        assert!(
            help.lines().any(|line| line.trim_start().starts_with(&format!("{command} "))),
            "{command}: {help}"
        );
    }
    assert!(!help.contains("\n  serve "), "{help}");
}

/// What people are told to type is a command of the program that they have.
#[test]
fn hints_and_examples_name_this_program() {
    let help = output_of(Command::new(env!("CARGO_BIN_EXE_claviger-cli")).args(["token", "get", "--help"]));
    assert!(help.contains("\n  claviger-cli token get "), "{help}");
    assert!(!help.contains("`claviger ") && !help.contains("\n  claviger "), "{help}");
    let empty = tempfile::tempdir().expect("a folder");
    let mut list = Command::new(env!("CARGO_BIN_EXE_claviger-cli"));
    list.args(["group", "list"]).env("HOME", empty.path()).env_remove("XDG_CONFIG_HOME");
    let refused =
        list.env_remove("CLAVIGER_REALM").env_remove("CLAVIGER_PROFILE").output().expect("it starts");
    let errors = String::from_utf8(refused.stderr).expect("text");
    assert!(errors.contains("`claviger-cli login`"), "{errors}");
}
