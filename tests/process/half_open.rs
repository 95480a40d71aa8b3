//! T-11: clients that never finish their requests block no other client, and are disconnected.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::process::{ServerProcess, claviger, free_address};

const HALF_OPEN: usize = 500;

/// A client has ten seconds for the head and fifteen for the body; a busy machine is late.
const PATIENCE: Duration = Duration::from_secs(60);

const IN_THE_HEAD: &str = "POST /realms/demo/oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Ty";
const IN_THE_BODY: &str = "POST /realms/demo/oauth2/token HTTP/1.1\r\nHost: x\r\n\
    Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 6000\r\n\r\ngrant_type=client_cred";

#[test]
fn half_open_connections_block_no_other_client_and_are_closed() {
    let folder = TempDir::new().expect("a temporary folder");
    let (address, data) = (free_address(), folder.path().join("data"));
    let server = ServerProcess::start_as(folder.path(), address, || {
        let mut command = claviger(folder.path());
        command.args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"]).arg(&data);
        command
    });
    let facts: Value =
        serde_json::from_slice(&std::fs::read(data.join("quickstart.json")).expect("the facts"))
            .expect("JSON");
    let fact = |name: &str| facts[name].as_str().expect("a fact");
    let before = server.resident_memory();
    let began = Instant::now();
    let mut held: Vec<(TcpStream, &str)> = (0..HALF_OPEN)
        .map(|index| {
            let beginning = if index % 2 == 0 { IN_THE_HEAD } else { IN_THE_BODY };
            let mut stream = TcpStream::connect(address).expect("the server accepts");
            stream.write_all(beginning.as_bytes()).expect("it is sent");
            stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
            (stream, beginning)
        })
        .collect();

    let mut issued = 0;
    while began.elapsed() < Duration::from_secs(5) {
        let request = Request::form("/realms/demo/oauth2/token", &[("grant_type", "client_credentials")]);
        request.basic(fact("client_id"), fact("client_key")).send(address).expect(200);
        issued += 1;
    }
    assert!(issued >= 20, "{issued} tokens in five seconds beside {HALF_OPEN} half-open connections");
    let more = server.resident_memory().saturating_sub(before);
    assert!(more < HALF_OPEN as u64 * 128 * 1024, "they take {more} bytes");

    for (stream, beginning) in &mut held {
        let mut heard = Vec::new();
        match stream.read_to_end(&mut heard) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("{beginning:?} is still open after {:?}: {error}", began.elapsed()),
        }
        let text = String::from_utf8_lossy(&heard);
        assert!(heard.is_empty() || text.starts_with("HTTP/1.1 408 "), "{text}");
    }
    assert!(began.elapsed() > Duration::from_secs(9), "a slow client has its time");
    Request::get("/health/ready").send(address).expect(200);
    assert_eq!(server.terminate().code(), Some(0));
}
