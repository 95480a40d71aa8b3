//! A real `claviger serve` in a separate process.

use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::http::Request;
use crate::paths::server_binary;

pub struct ServerProcess {
    child: Child,
    pub address: SocketAddr,
}

/// Timeout for a server to become ready on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// The binary without the settings of this process.
pub fn claviger(folder: &Path) -> Command {
    let mut command = Command::new(server_binary());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CLAVIGER_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Below the range from which Linux takes the ports of outgoing connections.
const PORTS: Range<u16> = 20_000..32_000;

/// A free port that no outgoing connection takes before the server does. Each process begins at another one.
pub fn free_address() -> SocketAddr {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    (0..PORTS.len())
        .map(|_| {
            let call = CALLS.fetch_add(1, Ordering::Relaxed);
            let place = std::process::id().wrapping_mul(131).wrapping_add(call) as usize % PORTS.len();
            SocketAddr::from(([127, 0, 0, 1], PORTS.start + u16::try_from(place).expect("a small number")))
        })
        .find(|address| TcpListener::bind(address).is_ok())
        .expect("a free port")
}

impl ServerProcess {
    /// `prepare` adds arguments and environment; returns once the server reports that it is ready.
    pub fn start(folder: &Path, address: SocketAddr, prepare: impl FnOnce(&mut Command)) -> Self {
        Self::start_as(folder, address, || {
            let mut command = claviger(folder);
            command.arg("serve").arg("--listen").arg(address.to_string());
            prepare(&mut command);
            command
        })
    }

    /// For a server that is started by another command.
    pub fn start_as(folder: &Path, address: SocketAddr, command: impl FnOnce() -> Command) -> Self {
        // Until it listens, another process may briefly use its address.
        let ready = |address| {
            TcpStream::connect(address).is_ok()
                && Request::get("/health/ready").try_send(address).is_some_and(|told| told.status == 200)
        };
        Self::start_until(folder, address, ready, command)
    }

    /// For a server with another readiness check.
    pub fn start_until(
        folder: &Path,
        address: SocketAddr,
        ready: impl Fn(SocketAddr) -> bool,
        command: impl FnOnce() -> Command,
    ) -> Self {
        let mut server = Self::spawn(folder, address, command());
        server.wait_until(folder, &ready);
        server
    }

    /// Returns at once, without waiting for readiness.
    pub fn spawn(folder: &Path, address: SocketAddr, mut command: Command) -> Self {
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("server.log"))
            .expect("a log file");
        let child = command.stdout(Stdio::null()).stderr(log).spawn().expect("the binary starts");
        Self { child, address }
    }

    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_some()
    }

    fn wait_until(&mut self, folder: &Path, ready: &dyn Fn(SocketAddr) -> bool) {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
                panic!("the server ended with {status} before it was ready: {log}");
            }
            if ready(self.address) {
                return;
            }
            assert!(Instant::now() < deadline, "the server was not ready within {READY_WITHIN:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Resident memory in bytes.
    pub fn resident_memory(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most resident memory that it has had, in bytes.
    pub fn peak_memory(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, figure: &str) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix(figure)).expect("a figure");
        let kibibytes: u64 =
            line.split_whitespace().next().and_then(|text| text.parse().ok()).expect("a number");
        kibibytes * 1024
    }

    /// SIGKILL: no handler, no flush, no shutdown.
    pub fn kill(mut self) {
        self.child.kill().expect("the process is ours");
        self.child.wait().expect("a child");
    }

    /// Sends SIGTERM and returns the exit status.
    pub fn terminate(mut self) -> ExitStatus {
        kill_process(self.pid(), Signal::TERM).expect("the process is ours");
        self.child.wait().expect("a child")
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs to its end; returns status, standard output and standard error.
pub fn run(command: &mut Command) -> (ExitStatus, String, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let mut errors = child.stderr.take().expect("a pipe");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        errors.read_to_string(&mut text).map(|_| text)
    });
    let mut output = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut output).expect("UTF-8");
    let errors = reader.join().expect("the reader ends").expect("UTF-8");
    (child.wait().expect("a child"), output, errors)
}
