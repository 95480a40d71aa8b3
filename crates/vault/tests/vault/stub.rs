//! A server that plays providers: each origin is a folder of it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use claviger_vault::{ListedHosts, OutboundSettings};
use url::Url;

/// A request as the stub got it. `path` begins with the host of the provider: `api.github.com/user`.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Incoming {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }
}

pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Writes whatever it wants.
    Raw(Box<dyn FnOnce(&mut TcpStream)>),
}

impl Reply {
    pub fn json(status: u16, body: serde_json::Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self::Answer { status, headers, body: body.to_string().into_bytes() }
    }

    pub fn html(status: u16) -> Self {
        let headers = vec![("content-type".to_owned(), "text/html".to_owned())];
        Self::Answer { status, headers, body: b"<html><body>Sign in</body></html>".to_vec() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

pub struct Stub {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Incoming>>>,
}

impl Stub {
    pub fn start(answer: impl Fn(&Incoming) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, log) = (Arc::new(answer), seen.clone());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, log) = (answer.clone(), log.clone());
                thread::spawn(move || {
                    let Some((mut stream, incoming)) = stream.ok().and_then(read_request) else { return };
                    log.lock().unwrap().push(incoming.clone());
                    write_reply(&mut stream, answer(&incoming));
                });
            }
        });
        Self { address, seen }
    }

    pub fn requests(&self) -> Vec<Incoming> {
        self.seen.lock().unwrap().clone()
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

/// Each host is served at `http://127.0.0.1:PORT/HOST`.
pub fn settings_for(port: u16, hosts: &[&str]) -> OutboundSettings {
    let replaced = hosts.iter().map(|host| {
        let url = Url::parse(&format!("http://127.0.0.1:{port}/{host}")).unwrap();
        (format!("https://{host}"), url)
    });
    OutboundSettings {
        listed_hosts: ListedHosts::new(["127.0.0.1"]).unwrap(),
        replaced_origins: replaced.collect(),
        ..OutboundSettings::default()
    }
}

fn read_request(stream: TcpStream) -> Option<(TcpStream, Incoming)> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let url = Url::parse("http://stub").unwrap().join(&target).ok()?;
    let incoming = Incoming {
        method,
        path: url.path().trim_start_matches('/').to_owned(),
        query: url.query_pairs().into_owned().collect(),
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    Some((stream, incoming))
}

/// A client that gives up closes its side, which is no fault of the stub.
fn write_reply(stream: &mut TcpStream, reply: Reply) {
    match reply {
        Reply::Answer { status, headers, body } => {
            let mut head =
                format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            let _ = stream.write_all(format!("{head}\r\n").as_bytes());
            let _ = stream.write_all(&body);
        }
        Reply::Raw(write) => write(stream),
    }
}
