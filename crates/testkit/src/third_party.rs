//! A third party's server: answers each request from a function, by http or https.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::private_authority::PrivateAuthority;

pub struct Incoming {
    /// Without the query.
    pub path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Incoming {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// A parameter of the body, which is a form.
    pub fn form(&self, name: &str) -> Option<String> {
        let mut parameters = form_urlencoded::parse(&self.body);
        parameters.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

impl Answer {
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }
}

#[derive(Default)]
struct Conduct {
    /// Answers 502 to everything.
    is_down: bool,
    /// Answers nothing.
    is_silent: bool,
    /// Before each answer.
    delay: Duration,
    requests: usize,
}

#[derive(Default)]
struct Conducted {
    conduct: Mutex<Conduct>,
    speaks: Condvar,
}

impl Conducted {
    fn lock(&self) -> MutexGuard<'_, Conduct> {
        self.conduct.lock().expect("a lock")
    }
}

/// Stops with the process: a test ends sooner than a connection could matter.
pub struct ThirdParty {
    pub address: SocketAddr,
    scheme: &'static str,
    conducted: Arc<Conducted>,
}

impl ThirdParty {
    pub fn start(answer: impl Fn(&Incoming) -> Answer + Send + Sync + 'static) -> Self {
        Self::serve(None, answer)
    }

    /// By https, with a certificate of this authority.
    pub fn start_with_tls(
        authority: &PrivateAuthority,
        answer: impl Fn(&Incoming) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::serve(Some(Arc::new(authority.server_config("127.0.0.1"))), answer)
    }

    fn serve(
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&Incoming) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let (address, conducted) = (listener.local_addr().expect("an address"), Arc::<Conducted>::default());
        let (shared, scheme) = (conducted.clone(), if tls.is_some() { "https" } else { "http" });
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (conducted, answer, tls) = (shared.clone(), answer.clone(), tls.clone());
                thread::spawn(move || match tls {
                    None => converse(stream, &conducted, &*answer),
                    Some(config) => {
                        let connection = ServerConnection::new(config).expect("a connection");
                        converse(StreamOwned::new(connection, stream), &conducted, &*answer);
                    }
                });
            }
        });
        Self { address, scheme, conducted }
    }

    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub fn set_down(&self, is_down: bool) {
        self.conducted.lock().is_down = is_down;
    }

    /// Keeps requests waiting, until it is set to false.
    pub fn set_silent(&self, is_silent: bool) {
        self.conducted.lock().is_silent = is_silent;
        self.conducted.speaks.notify_all();
    }

    pub fn set_delay(&self, delay: Duration) {
        self.conducted.lock().delay = delay;
    }

    /// Those that wait included.
    pub fn requests(&self) -> usize {
        self.conducted.lock().requests
    }
}

/// A client that does not trust the certificate ends before its request.
fn converse(
    mut stream: impl Read + Write,
    conducted: &Conducted,
    answer: &(dyn Fn(&Incoming) -> Answer + Send + Sync),
) {
    let mut reader = BufReader::new(&mut stream);
    let mut lines = reader.by_ref().lines();
    let Some(Ok(first)) = lines.next() else { return };
    let target = first.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let headers = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty());
    let headers = headers.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_ascii_lowercase(), value.trim().to_owned()))
    });
    let headers: BTreeMap<String, String> = headers.collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let incoming = Incoming { path, headers, body };
    let (is_down, delay) = {
        let mut conduct = conducted.lock();
        conduct.requests += 1;
        let conduct = conducted.speaks.wait_while(conduct, |conduct| conduct.is_silent).expect("a lock");
        (conduct.is_down, conduct.delay)
    };
    thread::sleep(delay);
    let Answer { status, headers, body } = match is_down {
        true => Answer::json(502, json!({"message": format!("no upstream for {:?}", incoming.headers)})),
        false => answer(&incoming),
    };
    let body = body.to_string();
    let mut head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let whole = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    // A client that has gone needs no answer.
    let _ = stream.write_all(whole.as_bytes()).and_then(|()| stream.flush());
}
