//! A real server in a process of its own, which ends with the test.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const READY_WITHIN: Duration = Duration::from_secs(60);

/// What a server needs before it starts.
pub struct Place {
    pub folder: TempDir,
    pub port: u16,
}

pub struct Server {
    pub port: u16,
    child: Child,
    _folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Place {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { folder: tempfile::tempdir().unwrap(), port: listener.local_addr().unwrap().port() }
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Answered once the server accepts connections.
    pub fn start(self, command: &mut Command) -> Server {
        let log = File::create(self.path("log")).unwrap();
        let child = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn();
        let child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let path = self.path("log");
        let server = Server { port: self.port, child, _folder: self.folder };
        let deadline = Instant::now() + READY_WITHIN;
        while TcpStream::connect(("127.0.0.1", server.port)).is_err() {
            let said = fs::read_to_string(&path).unwrap();
            assert!(Instant::now() < deadline, "{command:?} is not ready: {said}");
            std::thread::yield_now();
        }
        server
    }
}

/// The first of these that is there; folders that are relative are below the repository.
pub fn installed(name: &str, folders: &[&str]) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(folders.iter().map(|folder| root.join(folder)));
    let found = folders.map(|folder| folder.join(name)).find(|program| program.is_file());
    found.unwrap_or_else(|| panic!("no {name}: run scripts/install-test-dependencies"))
}
