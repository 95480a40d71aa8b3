//! T-11: clients with many silent connections block no other client, whatever the limit of open files.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::limited_server::{Limited, PATIENCE, connect_from, loopback};
use claviger_testkit::process::free_address;

const IN_THE_HEAD: &str = "POST /realms/demo/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Ty";

/// Files that clients must leave to the rest of the server.
const FREE_FILES: usize = 32;

/// Number of connections that the attacker opens without a pause.
const AT_ONCE: usize = 200;

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
