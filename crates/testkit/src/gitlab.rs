//! A GitLab that answers from a table of its own: which tokens it knows, and their scopes.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;

#[derive(Default)]
struct Seen {
    /// The scopes of each token that it knows.
    tokens: BTreeMap<String, Vec<String>>,
    /// The days on which tokens end.
    ends: BTreeMap<String, String>,
    /// Answers 502 to everything.
    is_down: bool,
    requests: usize,
}

/// Stops with the process: a test ends sooner than a connection could matter.
pub struct GitLab {
    pub address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl GitLab {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let (address, seen) = (listener.local_addr().expect("an address"), Arc::<Mutex<Seen>>::default());
        let shared = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &shared);
            }
        });
        Self { address, seen }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn knows(&self, token: &str, scopes: &[&str]) {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self.seen.lock().expect("a lock").tokens.insert(token.to_owned(), scopes);
    }

    /// A day, as GitLab tells it.
    pub fn ends(&self, token: &str, day: &str) {
        self.seen.lock().expect("a lock").ends.insert(token.to_owned(), day.to_owned());
    }

    pub fn set_down(&self, is_down: bool) {
        self.seen.lock().expect("a lock").is_down = is_down;
    }

    pub fn requests(&self) -> usize {
        self.seen.lock().expect("a lock").requests
    }
}

fn answer(mut stream: TcpStream, seen: &Mutex<Seen>) {
    let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
    let Some(Ok(first)) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut token = String::new();
    for line in lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("private-token")
        {
            token = value.trim().to_owned();
        }
    }
    let mut seen = seen.lock().expect("a lock");
    seen.requests += 1;
    let scopes = seen.tokens.get(&token);
    let (status, body) = match (seen.is_down, scopes, path.split('?').next().unwrap_or_default()) {
        (true, ..) => (502, json!({"message": format!("no upstream for {token}")})),
        (_, None, _) => (401, json!({"message": format!("401 Unauthorized: {token}")})),
        (_, Some(scopes), "/api/v4/personal_access_tokens/self") => {
            let body = json!({
                "id": 7, "name": "claviger", "active": true, "revoked": false, "scopes": scopes,
                "expires_at": seen.ends.get(&token),
            });
            (200, body)
        }
        (_, Some(_), "/api/v4/groups") => (200, json!([{"full_path": "acme", "full_name": "Acme"}])),
        _ => (404, json!({"message": "404 Not Found"})),
    };
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // A client that has gone needs no answer.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}
