//! T-11: clients with many silent connections block no other client, whatever the limit of open files.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::tls::write_certificate;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

const IN_THE_HEAD: &str = "POST /realms/demo/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Ty";

/// The credential that `--dev` creates.
const NAME: &str = "nightly-build";

const PATIENCE: Duration = Duration::from_secs(60);

/// Files that clients must leave to the rest of the server.
const FREE_FILES: usize = 32;

const CONNECT_WITHIN: Duration = Duration::from_millis(50);

/// Number of connections that the attacker opens without a pause.
const AT_ONCE: usize = 200;

/// These tests run one at a time: each uses the ports, files and processor time of many clients.
static TURN: Mutex<()> = Mutex::new(());

/// A server started with `--dev` under a limit of open files.
struct Limited {
    server: ServerProcess,
    address: SocketAddr,
    metrics: SocketAddr,
    facts: Value,
    scheme: &'static str,
    files: Option<u32>,
    started: Instant,
    folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Limited {
    /// With the limits of this process if `files` is `None`.
    fn start(files: Option<u32>, with_tls: bool, address: SocketAddr, settings: &[(&str, &str)]) -> Self {
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
    fn ask(&self, arguments: &[&str]) -> Option<String> {
        ask(self.scheme, self.address, "127.0.0.99", arguments)
    }

    fn revoke(&self) -> Option<String> {
        let id = self.facts["client_id"].as_str().expect("a fact");
        let path = format!("/api/v1/realms/demo/service-credentials/{id}/revoke");
        let token = self.facts["owner"]["personal_access_token"].as_str().expect("a token");
        let bearer = format!("Authorization: Bearer {token}");
        self.ask(&[&path, "-H", &bearer, "--json", &json!({"name": NAME}).to_string()])
    }

    fn metric(&self, line: &str) -> u64 {
        let page = run(Command::new("curl").args(["-s", &format!("http://{}/metrics", self.metrics)])).1;
        let value = page.lines().find_map(|found| found.strip_prefix(line));
        value.and_then(|value| value.trim().parse().ok()).unwrap_or_else(|| panic!("{line} is not in {page}"))
    }

    /// Unused part of its limit of open files; `None` without a limit.
    fn free_files(&self) -> Option<usize> {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.server.pid().as_raw_nonzero()));
        Some((self.files? as usize).saturating_sub(open.expect("its files").count()))
    }

    /// The server notices a moment later that a client has closed a connection.
    fn wait_until_all_are_closed(&self) {
        let begun = Instant::now();
        while self.metric("claviger_connections ") > 0 {
            assert!(begun.elapsed() < PATIENCE, "connections stay open");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// At most one line a minute, not one for each connection.
    fn check_log(&self) {
        let (log, minutes) = (self.log(), self.started.elapsed().as_secs() / 60);
        let lines = log.matches("too many connections").count() as u64;
        assert!((1..=1 + minutes).contains(&lines), "{log}");
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("server.log")).expect("the log")
    }
}

/// A shell that lowers its limit of open files, and then executes its arguments.
fn limited(files: Option<u32>) -> Command {
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

fn connect_from(source: IpAddr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let client = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&client, &SocketAddr::from((source, 0)))?;
    // Gives up a connect that the system does not answer because its backlog is full.
    set_socket_timeout(&client, Timeout::Send, Some(CONNECT_WITHIN))?;
    connect(&client, &to)?;
    Ok(TcpStream::from(client))
}

/// Whether the other side has closed; a read of an open silent connection would block.
fn is_closed(mut stream: &TcpStream) -> bool {
    let mut buffer = [0; 512];
    match stream.read(&mut buffer) {
        Ok(0) => true,
        // The 408 for a request that was never finished.
        Ok(_) => false,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
    }
}

/// Holds `each` connections of each source, and replaces every one that the server closes, until `over`.
fn attack(
    sources: &[IpAddr],
    to: SocketAddr,
    each: usize,
    beginning: &str,
    ready: &AtomicUsize,
    over: &AtomicBool,
) {
    let open = |source| {
        let mut stream = connect_from(source, to).ok()?;
        stream.write_all(beginning.as_bytes()).ok()?;
        stream.set_nonblocking(true).ok()?;
        Some(stream)
    };
    let mut held: Vec<(IpAddr, Option<TcpStream>)> = sources
        .iter()
        .flat_map(|source| std::iter::repeat_n(*source, each))
        .map(|source| (source, None))
        .collect();
    while !over.load(Ordering::Relaxed) {
        let mut opened = 0;
        for (source, stream) in &mut held {
            if stream.as_ref().is_none_or(is_closed) {
                *stream = open(*source);
                opened += 1;
                if opened % AT_ONCE == 0 {
                    // Limits the attacker's rate: it must hold connections, not take the processor from the server.
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
            if over.load(Ordering::Relaxed) {
                return;
            }
        }
        ready.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// During the attack another client is answered, and a revocation succeeds.
fn others_are_served_beside(
    limited: &Limited,
    sources: &[IpAddr],
    to: SocketAddr,
    each: usize,
    beginning: &str,
) {
    let what = format!("{each} connections of {sources:?} at {to}, {}, {beginning:?}", limited.scheme);
    let (rounds, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| attack(sources, to, each, beginning, &rounds, &over));
        let begun = Instant::now();
        while rounds.load(Ordering::Relaxed) == 0 && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        let mut free = limited.free_files();
        let statuses = [limited.ask(&["/health/ready"]), limited.revoke(), limited.ask(&["/health/ready"])]
            .map(|status| {
                free = free.min(limited.free_files());
                status
            });
        over.store(true, Ordering::Relaxed);
        assert!(rounds.load(Ordering::Relaxed) > 0, "{what}: the connections were not opened");
        assert_eq!(statuses.map(|status| status.unwrap_or_default()), ["200"; 3], "{what}");
        assert!(free.is_none_or(|free| free > FREE_FILES), "{what}: {free:?} files are free");
    });
}

/// Never 127.0.0.1, on which other tests look for free ports.
fn loopback(last: u8) -> IpAddr {
    IpAddr::from([127, 0, 0, last])
}

#[test]
fn silent_connections_from_one_address_block_no_other_client() {
    for (files, with_tls, silent, beginning) in [
        (None, true, 2_500, ""),
        (None, false, 2_500, ""),
        (Some(1_024), true, 1_084, ""),
        (Some(1_024), false, 1_084, ""),
        (Some(1_024), false, 1_084, IN_THE_HEAD),
        (Some(256), false, 600, ""),
    ] {
        let limited = Limited::start(files, with_tls, free_address(), &[]);
        others_are_served_beside(&limited, &[loopback(5)], limited.address, silent, beginning);
        let refused = limited.metric("claviger_connections_refused_total{limit=\"address\"}");
        assert!(refused > 0, "{silent} connections with {files:?} files");
        limited.check_log();
        assert_eq!(limited.server.terminate().code(), Some(0));
    }
}

#[test]
fn silent_connections_from_several_addresses_block_no_other_client() {
    let sources: Vec<IpAddr> = (2..8).map(loopback).collect();
    for with_tls in [true, false] {
        let limited = Limited::start(Some(1_024), with_tls, free_address(), &[]);
        others_are_served_beside(&limited, &sources, limited.address, 400, "");
    }
}

#[test]
fn silent_connections_to_the_metrics_port_block_no_client() {
    let limited = Limited::start(Some(300), false, free_address(), &[]);
    others_are_served_beside(&limited, &[loopback(5)], limited.metrics, 350, "");
}

#[test]
fn tls_handshake_timeout_is_shorter_than_the_request_head_timeout() {
    let limited = Limited::start(None, true, free_address(), &[]);
    let begun = Instant::now();
    let mut stream = connect_from(loopback(5), limited.address).expect("it is accepted");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let ended = stream.read(&mut [0; 16]);
    assert!(matches!(ended, Ok(0)) || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(1), "a slow client has its time: {took:?}");
    assert!(took < Duration::from_secs(9), "{took:?}");
}

/// How many of `count` concurrent connections are answered.
fn answered(source: IpAddr, to: SocketAddr, count: usize) -> usize {
    let streams: Vec<_> = (0..count).map(|_| connect_from(source, to).expect("the system accepts")).collect();
    let answer = |mut stream: &TcpStream| {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let request = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
        let mut begun = [0; 12];
        stream.write_all(request).and_then(|()| stream.read_exact(&mut begun)).is_ok()
            && &begun == b"HTTP/1.1 200"
    };
    streams.iter().filter(|stream| answer(stream)).count()
}

#[test]
fn connections_are_limited_per_address_except_trusted_proxies() {
    let settings =
        [("CLAVIGER_MAX_CONNECTIONS_PER_ADDRESS", "10"), ("CLAVIGER_TRUSTED_PROXIES", "127.0.0.2/32")];
    let v6 = Ipv6Addr::LOCALHOST;
    let has_v6 = TcpListener::bind((v6, 0)).is_ok();
    let port = free_address().port();
    let any = if has_v6 { IpAddr::from(Ipv6Addr::UNSPECIFIED) } else { Ipv4Addr::LOCALHOST.into() };
    let limited = Limited::start(None, false, SocketAddr::from((any, port)), &settings);
    let address = limited.address;
    assert_eq!(answered(loopback(3), address, 30), 10);
    assert_eq!(answered(loopback(4), address, 10), 10);
    assert_eq!(answered(loopback(2), address, 30), 30, "a trusted proxy");
    let mut refused = 20;
    if has_v6 {
        assert_eq!(answered(v6.into(), SocketAddr::from((v6, port)), 30), 10);
        refused += 20;
    }
    assert_eq!(limited.metric("claviger_connections_refused_total{limit=\"address\"}"), refused);
    assert_eq!(limited.metric("claviger_connections_refused_total{limit=\"all\"}"), 0);
    limited.check_log();
    let log = limited.log();
    let line = log.lines().find(|line| line.contains("too many connections")).expect("a line");
    assert!(line.contains("address=127.0.0.3"), "{log}");
}

#[test]
fn connections_over_the_total_limit_are_closed_at_once() {
    let settings = [("CLAVIGER_MAX_CONNECTIONS", "20"), ("CLAVIGER_TRUSTED_PROXIES", "127.0.0.2/32")];
    let limited = Limited::start(None, false, free_address(), &settings);
    limited.wait_until_all_are_closed();
    assert_eq!(answered(loopback(2), limited.address, 50), 20);
    assert_eq!(limited.metric("claviger_connections_refused_total{limit=\"all\"}"), 30);
    limited.wait_until_all_are_closed();
    assert_eq!(answered(loopback(2), limited.address, 20), 20, "the first ones have ended");
}

#[test]
fn soft_limit_of_open_files_is_raised_to_the_hard_one() {
    let folder = TempDir::new().expect("a temporary folder");
    let address = free_address();
    let server = ServerProcess::start_as(folder.path(), address, || {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -Sn 300 && ulimit -Hn 4000 && exec \"$@\"", "limited"]);
        command.arg(claviger(folder.path()).get_program()).current_dir(folder.path());
        command.args(["serve", "--dev", "--listen", &address.to_string()]);
        command
    });
    let pid = server.pid().as_raw_nonzero();
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).expect("its limits");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("a limit");
    let values: Vec<&str> = line.split_whitespace().filter(|word| word.parse::<u64>().is_ok()).collect();
    assert_eq!(values, ["4000", "4000"]);
}

#[test]
fn connection_limit_above_the_file_limit_prevents_startup() {
    for (files, setting, expected) in [
        (1_024, ("CLAVIGER_MAX_CONNECTIONS", "1000"), "max_connections is 1000"),
        (1_024, ("CLAVIGER_WORKERS", "512"), "with 512 workers"),
        (1_024, ("CLAVIGER_MAX_CONNECTIONS", "0"), "a whole number of connections, 1 or more"),
        (200, ("CLAVIGER_WORKERS", "2"), "this process may open 200 files"),
    ] {
        let folder = TempDir::new().expect("a temporary folder");
        let mut command = limited(Some(files));
        command.arg(claviger(folder.path()).get_program());
        command.args(["serve", "--dev", "--listen", "127.0.0.1:0"]).current_dir(folder.path());
        let (status, _, said) = run(command.env(setting.0, setting.1));
        assert!(!status.success() && said.contains(expected), "{setting:?}: {said}");
        assert!(!expected.contains("may open") || said.contains("LimitNOFILE"), "{said}");
    }
}

#[test]
fn doctor_reports_a_low_limit_of_open_files() {
    let folder = TempDir::new().expect("a temporary folder");
    let examine = |files, setting: (&str, &str)| {
        let mut command = limited(files);
        command.arg(claviger(folder.path()).get_program()).args(["doctor", "--json"]);
        let (_, output, errors) = run(command.current_dir(folder.path()).env(setting.0, setting.1));
        let findings: Vec<Value> =
            serde_json::from_str(&output).unwrap_or_else(|_| panic!("{output}{errors}"));
        findings.into_iter().find(|finding| finding["what"] == "open files").expect("it is looked at")
    };
    let none = ("CLAVIGER_LOG_LEVEL", "info");
    assert_eq!(examine(Some(8_192), none)["ok"], true);
    for finding in [examine(Some(1_024), none), examine(Some(8_192), ("CLAVIGER_MAX_CONNECTIONS", "9000"))] {
        assert_eq!(finding["ok"], false);
        assert!(finding["advice"].as_str().is_some_and(|advice| advice.contains("LimitNOFILE")), "{finding}");
    }
}
