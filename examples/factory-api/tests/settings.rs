//! The binary with missing or invalid settings: one sentence, and the exit code for a usage error.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use std::process::{Command, Output};

/// A key file without a valid key: no client key contains slashes and spaces.
const NO_KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/main.rs");

type Arguments<'a> = &'a [&'a str];
type Environment<'a> = &'a [(&'a str, &'a str)];

fn run(arguments: Arguments, environment: Environment) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_factory-api"));
    for (name, _) in
        std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("FACTORY_API_"))
    {
        command.env_remove(name);
    }
    command.args(arguments).envs(environment.iter().copied()).output().expect("the binary runs")
}

#[test]
fn wrong_settings_are_refused_in_one_sentence() {
    let issuer = ("FACTORY_API_ISSUER", "http://127.0.0.1:8080/realms/demo");
    let audience = ("FACTORY_API_AUDIENCE", "https://api.example");
    let id = ("FACTORY_API_CLIENT_ID", "0198a1c0-0000-7000-8000-000000000000");
    let file = ("FACTORY_API_CLIENT_KEY_FILE", "/nowhere/at.all");
    let all = [issuer, audience, id, file];
    let readable = [issuer, audience, id, ("FACTORY_API_CLIENT_KEY_FILE", NO_KEY)];
    let refused: [(Arguments, Environment, &str); 14] = [
        (&[], &[], "--issuer (or FACTORY_API_ISSUER) is missing"),
        (&[], &[issuer], "--audience (or FACTORY_API_AUDIENCE) is missing"),
        (&[], &[issuer, audience], "--client-id (or FACTORY_API_CLIENT_ID) is missing"),
        (&[], &[issuer, audience, id], "--client-key-file (or FACTORY_API_CLIENT_KEY_FILE) is missing"),
        (&[], &[issuer, audience, id, ("FACTORY_API_CLIENT_KEY_FILE", "")], "is missing"),
        (&[], &all, "--client-key-file /nowhere/at.all: No such file"),
        (&[], &readable, "client key: must be that of the resource server, and nothing else"),
        (&["--client-id", "a b"], &readable, "client id: must be"),
        (&["--audience", "a b"], &readable, "audience: must be"),
        (&["--issuer=ftp://127.0.0.1/realms/demo"], &readable, "issuer: must be"),
        (&["--issuer", "http://ada:secret@127.0.0.1/realms/demo"], &readable, "issuer: must be"),
        (&["--listen", "8090"], &all, "--listen must be an address"),
        (&["--listen"], &all, "--listen needs a value"),
        (&["--port", "8090"], &all, "--port is no option"),
    ];
    for (arguments, environment, sentence) in refused {
        let output = run(arguments, environment);
        let told = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
        assert!(told.starts_with("factory-api: ") && told.contains(sentence), "{arguments:?}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(!told.contains("secret"), "{told}");
    }
}

#[test]
fn help_names_every_setting() {
    let output = run(&["--help"], &[]);
    let told = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success());
    for setting in ["LISTEN", "ISSUER", "AUDIENCE", "CLIENT_ID", "CLIENT_KEY_FILE"] {
        assert!(told.contains(&format!("FACTORY_API_{setting}]")), "{setting}: {told}");
    }
}
