//! How long a connection stays open between two requests, and what that costs other clients.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use claviger_testkit::http::Request;
use claviger_testkit::process::free_address;

use crate::limited_server::{Limited, PATIENCE};

fn idle_connection(limited: &Limited) -> TcpStream {
    let mut stream = TcpStream::connect(limited.address).expect("the server accepts");
    Request::get("/health/live").send_over(&mut stream).expect(200);
    stream
}

#[test]
fn idle_connection_is_closed_after_the_setting() {
    let limited = Limited::start(None, false, free_address(), &[("CLAVIGER_KEEP_ALIVE_SECONDS", "2")]);
    let mut stream = idle_connection(&limited);
    let begun = Instant::now();
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    assert_eq!(stream.read(&mut [0; 16]).expect("closed in order"), 0);
    assert!(begun.elapsed() > Duration::from_millis(1_500), "{:?}", begun.elapsed());
}

/// Load balancers keep idle connections for 60 seconds. Nothing closes one before: it takes one place among those of its
/// client, and neither another client nor the end of the server waits for it.
#[test]
fn idle_connection_stays_open_by_default_and_delays_nobody() {
    let settings = [("CLAVIGER_MAX_CONNECTIONS_PER_ADDRESS", "3")];
    let limited = Limited::start(None, false, free_address(), &settings);
    limited.wait_until_all_are_closed();
    let mut streams: Vec<TcpStream> = (0..3).map(|_| idle_connection(&limited)).collect();
    let refused = TcpStream::connect(limited.address).expect("the system accepts");
    refused.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let ended = (&refused).read(&mut [0; 16]);
    assert!(matches!(ended, Ok(0)) || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    // Longer than the five seconds of earlier versions.
    let first = &mut streams[0];
    first.set_read_timeout(Some(Duration::from_secs(7))).expect("a timeout");
    let silence = first.read(&mut [0; 16]).expect_err("still open");
    assert!(matches!(silence.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{silence}");
    for stream in &mut streams {
        Request::get("/health/live").send_over(stream).expect(200);
    }
    let begun = Instant::now();
    assert_eq!(limited.server.terminate().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(9), "{:?}", begun.elapsed());
}
