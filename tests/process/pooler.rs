//! PgBouncer in front of the database: one session per connection works, and shared sessions are refused by name.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};

use tempfile::TempDir;

use crate::compose_traffic::until;
use claviger_testkit::http::Request;
use claviger_testkit::postgres::Postgres;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};
use claviger_testkit::servers::{ServiceUser, server};

struct Pooler {
    child: Child,
    address: SocketAddr,
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder of the socket, from `postgres:///NAME?host=FOLDER&port=PORT&user=USER`.
fn parameter<'a>(url: &'a str, name: &str) -> &'a str {
    let found = url.split(['?', '&']).find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {name} in {url}"))
}

impl Pooler {
    fn start(folder: &Path, mode: &str, url: &str) -> Self {
        let address = free_address();
        let (host, port, user) = (parameter(url, "host"), parameter(url, "port"), parameter(url, "user"));
        let configuration = format!(
            "[databases]\n* = host={host} port={port} user={user}\n[pgbouncer]\nlisten_addr = {}\nlisten_port = {}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = {mode}\nignore_startup_parameters = extra_float_digits\n",
            address.ip(),
            address.port()
        );
        let file = folder.join(format!("{mode}.ini"));
        fs::write(&file, configuration).expect("our folder");
        // It refuses to run as root. PostgreSQL's socket is in a folder that this user may enter.
        let by = ServiceUser::named_or_nobody("postgres");
        by.owns(&file);
        by.may_enter(folder);
        let mut command = server("pgbouncer");
        by.runs(command.arg(&file)).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().expect("pgbouncer starts");
        until(|| std::net::TcpStream::connect(address).is_ok(), "pgbouncer does not listen");
        Self { child, address }
    }

    fn url(&self, database_url: &str) -> String {
        let name = database_url.trim_start_matches("postgres:///").split('?').next().expect("a name");
        format!("postgres://postgres@{}/{name}?sslmode=disable", self.address)
    }
}

#[test]
fn shared_sessions_are_refused_by_name_and_own_ones_work() {
    let database_url = Postgres::shared().fresh_database();
    let folder = TempDir::new().expect("a temporary folder");
    assert!(run(claviger(folder.path()).args(["keys", "init"])).0.success());
    for mode in ["transaction", "statement"] {
        let pooler = Pooler::start(folder.path(), mode, &database_url);
        for arguments in
            [&["serve"][..], &["migrate"], &["realm", "create", "acme", "--owner", "ada@example.org"]]
        {
            let mut command = claviger(folder.path());
            command.args(arguments).env("CLAVIGER_DATABASE_URL", pooler.url(&database_url));
            let (status, _, errors) = run(&mut command);
            assert_eq!(status.code(), Some(1), "{mode} {arguments:?}: {errors}");
            assert!(
                errors.contains("connection pooler") && errors.contains("pool_mode = session"),
                "{mode}: {errors}"
            );
        }
    }
    let pooler = Pooler::start(folder.path(), "session", &database_url);
    let address = free_address();
    let server = ServerProcess::start(folder.path(), address, |command| {
        command.env("CLAVIGER_DATABASE_URL", pooler.url(&database_url));
    });
    let ready = || Request::get("/health/ready").try_send(address).is_some_and(|answer| answer.status == 200);
    until(ready, "it is not ready behind a pooler of sessions");
    assert_eq!(server.terminate().code(), Some(0));
}
