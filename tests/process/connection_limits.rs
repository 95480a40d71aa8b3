//! The limits of connections, per address and in total, and the limit of open files that they are derived from.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::limited_server::{Limited, PATIENCE, connect_from, limited, loopback};
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

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
        (1_024, ("CLAVIGER_MAX_CONNECTIONS", "0"), "a whole number of connections from 1 to"),
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
