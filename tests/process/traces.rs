//! T-10: traces reach their collector without secrets, and its absence disturbs nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use claviger_testkit::http::Request;
use claviger_testkit::process::{ServerProcess, claviger, free_address, run};

/// Answers every request with 200 and keeps what was sent to `/v1/traces`.
fn collector() -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = kept.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.expect("a connection"));
            loop {
                let (mut line, mut length, mut first) = (String::new(), 0, String::new());
                while reader.read_line(&mut line).is_ok_and(|count| count > 2) {
                    if first.is_empty() {
                        first.clone_from(&line);
                    }
                    let lower = line.to_ascii_lowercase();
                    if let Some(value) = lower.strip_prefix("content-length:") {
                        length = value.trim().parse().expect("a length");
                    }
                    line.clear();
                }
                if first.is_empty() {
                    break;
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).expect("a body");
                assert!(first.starts_with("POST /v1/traces "), "{first}");
                keep.lock().expect("kept").extend(body);
                reader
                    .get_mut()
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                    .expect("it is sent");
            }
        }
    });
    (address, kept)
}

#[test]
fn traces_reach_the_collector_with_the_caller_trace_and_no_secrets() {
    let (collector, kept) = collector();
    let folder = TempDir::new().expect("a temporary folder");
    let (address, data) = (free_address(), folder.path().join("data"));
    let server = ServerProcess::start_as(folder.path(), address, || {
        let mut command = claviger(folder.path());
        command.args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"]).arg(&data);
        command
            .env("CLAVIGER_OTLP_ENDPOINT", format!("http://{collector}"))
            .env("CLAVIGER_LOG_LEVEL", "error");
        command
    });
    let facts: Value =
        serde_json::from_slice(&std::fs::read(data.join("quickstart.json")).expect("the facts"))
            .expect("JSON");
    let fact = |name: &str| facts.pointer(name).and_then(Value::as_str).expect("a fact");
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let token = Request::form("/realms/demo/oauth2/token", &[("grant_type", "client_credentials")])
        .basic(fact("/client_id"), fact("/client_key"))
        .header("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01"))
        .send(address)
        .expect(200)
        .json();
    let token = token["access_token"].as_str().expect("a token");
    Request::form("/realms/demo/oauth2/revoke", &[("token", token)])
        .basic(fact("/client_id"), fact("/client_key"))
        .header("traceparent", "nonsense")
        .send(address)
        .expect(200);
    assert_eq!(server.terminate().code(), Some(0), "what is under way gets out before the end");

    let sent = kept.lock().expect("kept").clone();
    let holds = |needle: &[u8]| sent.windows(needle.len()).any(|window| window == needle);
    for name in [
        "claviger",
        "POST /realms/{realm}/oauth2/token",
        "POST /realms/{realm}/oauth2/revoke",
        "ledger.act",
        "barrier.wait",
    ] {
        assert!(holds(name.as_bytes()), "no span is called {name}");
    }
    let id: Vec<u8> =
        (0..16).map(|at| u8::from_str_radix(&trace[2 * at..2 * at + 2], 16).expect("a byte")).collect();
    assert!(holds(&id), "the caller's trace goes on");
    for secret in [token, fact("/client_key"), fact("/client_id"), fact("/owner/email")] {
        assert!(!holds(secret.as_bytes()), "the traces hold {secret}");
    }
}

#[test]
fn unreachable_collector_loses_only_traces() {
    let folder = TempDir::new().expect("a temporary folder");
    let (address, data, nobody) = (free_address(), folder.path().join("data"), free_address());
    let server = ServerProcess::start_as(folder.path(), address, || {
        let mut command = claviger(folder.path());
        command.args(["serve", "--dev", "--listen", &address.to_string(), "--data-dir"]).arg(&data);
        command.env("CLAVIGER_OTLP_ENDPOINT", format!("http://{nobody}"));
        command
    });
    Request::get("/health/ready").send(address).expect(200);
    let begun = Instant::now();
    assert_eq!(server.terminate().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(20));
    let mut command = claviger(folder.path());
    command.args(["config", "show"]).env("CLAVIGER_OTLP_ENDPOINT", "collector:4318");
    let (status, _, errors) = run(&mut command);
    assert_eq!((status.code(), errors.contains("http://127.0.0.1:4318")), (Some(2), true), "{errors}");
}
