//! A server on an SQLite file, and commands beside it.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::Value;
use tempfile::TempDir;

use claviger_testkit::http::{Request, Response};
use claviger_testkit::process::{ServerProcess, claviger, free_address};

/// A lease lasts three seconds; `SLACK` allows for a busy machine.
pub const LEASE: Duration = Duration::from_secs(3);
pub const SLACK: Duration = Duration::from_secs(3);

/// A server with the demonstration realm and its database in `data/claviger.db`.
pub struct Scene {
    pub folder: TempDir,
    pub server: Option<ServerProcess>,
    pub address: SocketAddr,
    facts: Value,
}

impl Scene {
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut scene = Self { folder, server: None, address: free_address(), facts: Value::Null };
        scene.serve(&[]);
        let facts = fs::read(scene.data().join("quickstart.json")).expect("the facts");
        scene.facts = serde_json::from_slice(&facts).expect("JSON");
        scene
    }

    pub fn serve(&mut self, arguments: &[&str]) {
        let address = self.address.to_string();
        let server = ServerProcess::start_as(self.folder.path(), self.address, || {
            let mut command = self.operator(&["serve", "--listen", &address]);
            command.args(arguments);
            command
        });
        self.server = Some(server);
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn database(&self) -> PathBuf {
        self.data().join("claviger.db")
    }

    pub fn operator(&self, arguments: &[&str]) -> Command {
        let mut command = claviger(self.folder.path());
        command.args(arguments).args(["--dev", "--data-dir", "data"]);
        command
    }

    /// A command on the same database by another path, with its own data folder.
    pub fn elsewhere(&self, arguments: &[&str], database: &str) -> Command {
        let mut command = claviger(self.folder.path());
        command.args(arguments).args(["--data-dir", "elsewhere", "--keys-dir", "data/keys"]);
        command.args(["--database-url", &format!("sqlite://{database}")]);
        command
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.server.as_ref().expect("it runs").pid(), signal).expect("it is ours");
    }

    pub fn limit_file_size(&self, bytes: Option<u64>) {
        let pid = self.server.as_ref().expect("it runs").pid();
        prlimit(Some(pid), Resource::Fsize, Rlimit { current: bytes, maximum: None }).expect("it is ours");
    }

    pub fn fact(&self, pointer: &str) -> &str {
        self.facts.pointer(pointer).and_then(Value::as_str).expect("a fact")
    }

    pub fn token(&self) -> String {
        let request = Request::form("/realms/demo/oauth2/token", &[("grant_type", "client_credentials")]);
        let request = request.basic(self.fact("/client_id"), self.fact("/client_key"));
        let answer = request.send(self.address).expect(200).json();
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    pub fn introspect(&self, token: &str) -> Response {
        let request = Request::form("/realms/demo/oauth2/introspect", &[("token", token)]);
        let (id, key) = (self.fact("/resource_server/client_id"), self.fact("/resource_server/client_key"));
        request.basic(id, key).send(self.address)
    }

    pub fn is_active(&self, token: &str) -> bool {
        self.introspect(token).expect(200).json()["active"] == true
    }

    pub fn readiness(&self) -> Response {
        Request::get("/health/ready").send(self.address)
    }

    pub fn wait_until_ready_is(&self, status: u16, within: Duration) -> Response {
        let begun = Instant::now();
        loop {
            let answer = self.readiness();
            if answer.status == status {
                return answer;
            }
            assert!(begun.elapsed() < within, "{status} was expected: {}", answer.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

pub fn away(scene: &Scene, file: &str) -> (PathBuf, PathBuf) {
    let path = scene.data().join(file);
    (path, scene.data().join("away"))
}

pub fn move_away(scene: &Scene, file: &str) {
    let (path, away) = away(scene, file);
    fs::rename(path, away).expect("it is ours");
}

pub fn move_back(scene: &Scene, file: &str) {
    let (path, away) = away(scene, file);
    fs::rename(away, path).expect("it is ours");
}
