//! A server under a limit of open files, and its clients at addresses of their own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tls::write_certificate;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

/// The credential that `--dev` creates.
const NAME: &str = "nightly-build";

pub const PATIENCE: Duration = Duration::from_secs(60);

const CONNECT_WITHIN: Duration = Duration::from_millis(50);

/// These tests run one at a time: each uses the ports, files and processor time of many clients.
static TURN: Mutex<()> = Mutex::new(());

/// A server started with `--dev` under a limit of open files.
pub struct Limited {
    pub server: ServerProcess,
    pub address: SocketAddr,
    pub metrics: SocketAddr,
    facts: Value,
    pub scheme: &'static str,
    files: Option<u32>,
    started: Instant,
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Limited {
    /// With the limits of this process if `files` is `None`.
    pub fn start(files: Option<u32>, with_tls: bool, address: SocketAddr, settings: &[(&str, &str)]) -> Self {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        raise_own_limit();
        let folder = TempDir::new().expect("a temporary folder");
        let (metrics, data) = (free_address(), folder.path().join("data"));
        if with_tls {
            write_certificate(folder.path());
        }
        let start = || {
            let mut command = limited(files);
            command.arg(claviger(folder.path()).get_program());
            command.args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"]).arg(&data);
            command.current_dir(folder.path()).env("CLAVIGER_METRICS_LISTEN", metrics.to_string());
            command.env("CLAVIGER_WORKERS", "2");
            if with_tls {
                command.env("CLAVIGER_TLS_CERT", "cert.pem").env("CLAVIGER_TLS_KEY", "key.pem");
            }
            command.envs(settings.iter().copied());
            command
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, address.port()));
        let scheme = if with_tls { "https" } else { "http" };
        let ready = |_| ask(scheme, address, "127.0.0.1", &["/health/ready"]).is_some();
        let server = ServerProcess::start_until(folder.path(), address, ready, start);
        let file = std::fs::read(data.join("quickstart.json")).expect("the facts");
        let facts = serde_json::from_slice::<Value>(&file).expect("JSON");
        Self { server, address, metrics, facts, scheme, files, started: Instant::now(), folder, _turn: turn }
    }

    /// From an address of its own; waits for an answer.
    pub fn ask(&self, arguments: &[&str]) -> Option<String> {
        ask(self.scheme, self.address, "127.0.0.99", arguments)
    }

    pub fn revoke(&self) -> Option<String> {
        let id = self.facts["client_id"].as_str().expect("a fact");
        let path = format!("/api/v1/realms/demo/service-credentials/{id}/revoke");
        let token = self.facts["owner"]["personal_access_token"].as_str().expect("a token");
        let bearer = format!("Authorization: Bearer {token}");
        self.ask(&[&path, "-H", &bearer, "--json", &json!({"name": NAME}).to_string()])
    }

    pub fn metric(&self, line: &str) -> u64 {
        let page = run(Command::new("curl").args(["-s", &format!("http://{}/metrics", self.metrics)])).1;
        let value = page.lines().find_map(|found| found.strip_prefix(line));
        value.and_then(|value| value.trim().parse().ok()).unwrap_or_else(|| panic!("{line} is not in {page}"))
    }

    /// Unused part of its limit of open files; `None` without a limit.
    pub fn free_files(&self) -> Option<usize> {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.server.pid().as_raw_nonzero()));
        Some((self.files? as usize).saturating_sub(open.expect("its files").count()))
    }

    /// The server notices a moment later that a client has closed a connection.
    pub fn wait_until_all_are_closed(&self) {
        let begun = Instant::now();
        while self.metric("claviger_connections ") > 0 {
            assert!(begun.elapsed() < PATIENCE, "connections stay open");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// At most one line a minute, not one for each connection.
    pub fn check_log(&self) {
        let (log, minutes) = (self.log(), self.started.elapsed().as_secs() / 60);
        let lines = log.matches("too many connections").count() as u64;
        assert!((1..=1 + minutes).contains(&lines), "{log}");
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).expect("the log")
    }
}

/// A shell that lowers its limit of open files, and then executes its arguments.
pub fn limited(files: Option<u32>) -> Command {
    let mut command = Command::new("sh");
    let lower = files.map_or_else(String::new, |files| format!("ulimit -n {files} && "));
    command.args(["-c", &format!("{lower}exec \"$@\""), "limited"]);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CLAVIGER_")) {
        command.env_remove(name);
    }
    command
}

/// These tests hold thousands of connections themselves.
fn raise_own_limit() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let wanted = maximum.unwrap_or(65_536).min(65_536);
        setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).expect("up to the hard limit");
    });
}

/// The status, if an answer arrives within twenty seconds.
fn ask(scheme: &str, address: SocketAddr, from: &str, arguments: &[&str]) -> Option<String> {
    let (path, rest) = arguments.split_first().expect("a path");
    let mut command = Command::new("curl");
    command.args(["-sk", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20", "--interface", from]);
    let (status, output, _) = run(command.args(rest).arg(format!("{scheme}://{address}{path}")));
    status.success().then_some(output)
}

pub fn connect_from(source: IpAddr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let client = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&client, &SocketAddr::from((source, 0)))?;
    // Gives up a connect that the system does not answer because its backlog is full.
    set_socket_timeout(&client, Timeout::Send, Some(CONNECT_WITHIN))?;
    connect(&client, &to)?;
    Ok(TcpStream::from(client))
}

/// Never 127.0.0.1, on which other tests look for free ports.
pub fn loopback(last: u8) -> IpAddr {
    IpAddr::from([127, 0, 0, last])
}
