//! A database that comes up after the server: the server waits for it, and tells a wrong setting from a late database.

use std::fs;
use std::net::TcpStream;
use std::process::Command;

use tempfile::TempDir;

use crate::compose_traffic::until;
use claviger_testkit::http::Request;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

fn folder_with_keys() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    assert!(run(claviger(folder.path()).args(["keys", "init"])).0.success());
    folder
}

fn serve(folder: &TempDir, database_url: &str) -> Command {
    let mut command = claviger(folder.path());
    command.arg("serve").env("CLAVIGER_DATABASE_URL", database_url);
    command
}

#[test]
fn server_waits_until_its_database_accepts_connections() {
    let postgres = Postgres::of_its_own("");
    let database_url = postgres.fresh_database();
    postgres.stop("fast");
    let folder = folder_with_keys();
    let address = free_address();
    let start = || {
        let mut command = serve(&folder, &database_url);
        command.args(["--listen", &address.to_string()]);
        ServerProcess::spawn(folder.path(), address, command)
    };
    let log = || fs::read_to_string(folder.path().join("server.log")).unwrap_or_default();
    let mut server = start();
    until(
        || log().matches("waiting for the database; trying again every 3 s").count() >= 2,
        "it does not wait",
    );
    assert!(log().contains("cannot be reached") && !server.has_ended(), "{}", log());
    assert!(TcpStream::connect(address).is_err(), "clients of a server without database are refused");
    postgres.start_again();
    let ready = || Request::get("/health/ready").try_send(address).is_some_and(|answer| answer.status == 200);
    until(ready, "it is not ready with its database");
    assert!(log().contains("the database accepts connections"), "{}", log());
    assert_eq!(server.terminate().code(), Some(0));

    postgres.stop("fast");
    let waiting = start();
    until(|| log().matches("waiting for the database").count() >= 3, "it does not wait");
    assert_eq!(waiting.terminate().code(), None, "SIGTERM ends the waiting at once");
}

#[test]
fn wrong_settings_end_the_start_at_once() {
    let database_url = Postgres::shared().fresh_database();
    let refuses = |command: &mut Command, expected: &str| {
        let (status, _, errors) = run(command);
        assert_eq!(status.code(), Some(1), "{errors}");
        assert!(errors.contains(expected) && !errors.contains("waiting"), "{errors}");
    };
    let folder = folder_with_keys();
    refuses(&mut serve(&folder, &database_url.replace("postgres:///", "postgres:///no_")), "does not exist");
    refuses(
        &mut serve(&folder, &database_url.replace("user=postgres", "user=nobody_here")),
        "does not exist",
    );

    // What waiting does not correct is reported although the database cannot be reached either.
    let unreachable = "postgres://me:secret-word@127.0.0.1:1/x";
    let without_key = TempDir::new().expect("a temporary folder");
    refuses(&mut serve(&without_key, unreachable), "claviger keys init");
    let mut tls = serve(&folder, unreachable);
    refuses(tls.env("CLAVIGER_TLS_CERT", "absent.pem").env("CLAVIGER_TLS_KEY", "absent.pem"), "absent.pem");
}
