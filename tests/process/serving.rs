//! Starting, stopping, and refusing to start with a message that says what to do.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use claviger::crypto::{MasterKeys, SystemRandomness};
use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

fn folder_with_keys() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    MasterKeys::create(&folder.path().join("keys"), &SystemRandomness::new()).expect("a master key");
    folder
}

/// Exits with 1, or 2 for an invalid setting, and one line on standard error that contains every part of `sentence`.
fn refuses(command: &mut Command, sentence: &[&str]) {
    let (status, output, errors) = run(command);
    assert!(matches!(status.code(), Some(1 | 2)), "{status} {errors}");
    assert_eq!(output, "");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    for part in sentence {
        assert!(errors.contains(part), "\"{part}\" is not in: {errors}");
    }
}

fn serve_in(folder: &Path) -> Command {
    let mut command = claviger(folder);
    command.arg("serve").arg("--listen").arg(free_address().to_string());
    command
}

#[test]
fn sigterm_exits_with_success_and_releases_everything() {
    for url in [None, Some(Postgres::shared().fresh_database())] {
        let folder = folder_with_keys();
        let address = free_address();
        let prepare = |command: &mut Command| {
            if let Some(url) = &url {
                command.env("CLAVIGER_DATABASE_URL", url);
            }
        };
        for _ in 0..2 {
            let server = ServerProcess::start(folder.path(), address, prepare);
            assert_eq!(Request::get("/health/live").send(address).status, 200);
            assert_eq!(server.terminate().code(), Some(0));
        }
    }
}

#[test]
fn a_second_server_of_the_same_data_is_refused() {
    let folder = folder_with_keys();
    let _first = ServerProcess::start(folder.path(), free_address(), |_| ());
    refuses(&mut serve_in(folder.path()), &["another `claviger serve` holds", "serve.lock", "--data-dir"]);
    // Another data folder does not make it a different database.
    let file = folder.path().join("data/claviger.db");
    let mut elsewhere = serve_in(folder.path());
    elsewhere
        .env("CLAVIGER_DATA_DIR", "elsewhere")
        .env("CLAVIGER_DATABASE_URL", format!("sqlite://{}", file.display()));
    refuses(&mut elsewhere, &["another `claviger serve` holds"]);
}

#[test]
fn invalid_setting_is_reported_with_its_origin_and_valid_values() {
    let folder = folder_with_keys();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address").to_string();
    let serve = |arguments: &[&str]| {
        let mut command = claviger(folder.path());
        command.arg("serve").args(arguments);
        command
    };
    let _listener = TcpListener::bind(&taken);
    refuses(&mut serve(&["--listen", "nine"]), &["listen", "--listen", "nine", "127.0.0.1:8080"]);
    refuses(&mut serve(&["--listen", "0.0.0.0:0"]), &["plain http", "trusted_proxies", "127.0.0.1"]);
    let mut bad_url = serve(&[]);
    bad_url.env("CLAVIGER_PUBLIC_URL", "http://keys.example.org");
    refuses(&mut bad_url, &["public_url", "CLAVIGER_PUBLIC_URL", "https://"]);
    let mut bad_database = serve(&[]);
    bad_database.env("CLAVIGER_DATABASE_URL", "mysql://me:secret-word@db/x");
    refuses(&mut bad_database, &["database_url", "sqlite://", "postgres://"]);
    let (_, _, errors) = run(&mut bad_database);
    assert!(!errors.contains("secret-word"), "{errors}");
    for (variable, value, expected) in [
        ("CLAVIGER_WORKERS", "0", "must be a whole number of threads from 1 to 512"),
        ("CLAVIGER_LOG_LEVEL", "verbose", "must be error, warn, info, debug, trace, or a filter"),
        ("CLAVIGER_LISTNE", "127.0.0.1:1", "unknown setting CLAVIGER_LISTNE: did you mean CLAVIGER_LISTEN?"),
        ("CLAVIGER_TOKN", "x", "did you mean CLAVIGER_TOKEN?"),
        (
            "CLAVIGER_XYZZY",
            "secret-word",
            "unknown setting CLAVIGER_XYZZY: the settings are listen, public_url",
        ),
    ] {
        refuses(serve(&[]).env(variable, value), &[variable, expected]);
        let (status, _, errors) = run(claviger(folder.path()).args(["config", "show"]).env(variable, value));
        assert!(status.code() == Some(2) && errors.contains(expected), "{status} {errors}");
    }
    std::fs::write(folder.path().join("claviger.toml"), "lissen = \"127.0.0.1:1\"\n").expect("a file");
    refuses(&mut serve(&[]), &["claviger.toml", "lissen", "listen"]);
}

#[test]
fn a_missing_or_exposed_master_key_stops_the_start() {
    let folder = TempDir::new().expect("a temporary folder");
    refuses(&mut serve_in(folder.path()), &["master key", "claviger keys init"]);
    let (status, _, _) = run(claviger(folder.path()).args(["keys", "init"]));
    assert_eq!(status.code(), Some(0));
    let key = folder.path().join("keys/master.key");
    assert_eq!(key.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).expect("our file");
    refuses(&mut serve_in(folder.path()), &["readable by other users", "chmod 600"]);
    // A second init never replaces the key that sealed the data.
    let before = std::fs::read(&key).expect("the key");
    refuses(claviger(folder.path()).args(["keys", "init"]), &["already"]);
    assert_eq!(std::fs::read(&key).expect("the key"), before);
}

#[test]
fn another_master_key_does_not_open_the_data() {
    let folder = folder_with_keys();
    let arguments = ["realm", "create", "acme", "--owner", "holder@acme.example"];
    assert_eq!(run(claviger(folder.path()).args(arguments)).0.code(), Some(0));
    std::fs::remove_file(folder.path().join("keys/master.key")).expect("the key");
    MasterKeys::create(&folder.path().join("keys"), &SystemRandomness::new()).expect("another master key");
    refuses(&mut serve_in(folder.path()), &["signing key", "keys/master.key"]);
}
