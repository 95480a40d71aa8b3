//! A receiver of webhooks: keeps what it receives, and answers as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// One request, with the names of its headers in lower case.
#[derive(Clone, Debug)]
pub struct Hook {
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

struct Seen {
    status: u16,
    hooks: Vec<Hook>,
}

/// Stops with the process.
pub struct Hooks {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Hooks {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Seen { status: 204, hooks: Vec::new() }));
        let shared = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &shared);
            }
        });
        Self { address, seen }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// Of every answer from now on.
    pub fn answers(&self, status: u16) {
        self.seen.lock().expect("a lock").status = status;
    }

    pub fn received(&self) -> Vec<Hook> {
        self.seen.lock().expect("a lock").hooks.clone()
    }
}

impl Hook {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_else(|| panic!("there is no header {name}"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

fn answer(mut stream: TcpStream, seen: &Mutex<Seen>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let mut headers = Vec::new();
    let mut first = String::new();
    let _ = reader.read_line(&mut first);
    loop {
        let mut line = String::new();
        // A client that goes away sends no more.
        if reader.read_line(&mut line).unwrap_or_default() == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    if first.is_empty() || reader.read_exact(&mut body).is_err() {
        return;
    }
    let mut seen = seen.lock().expect("a lock");
    seen.hooks.push(Hook { headers, body });
    let answer = format!("HTTP/1.1 {} X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", seen.status);
    let _ = stream.write_all(answer.as_bytes());
}
