//! A plain HTTP/1.1 client that sends exactly the given bytes and returns the exact response.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Names in lower case, in the order received.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.into(), path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// Parameters are form-encoded.
    pub fn form(path: &str, parameters: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        Self::raw_form(path, body.into_bytes())
    }

    pub fn raw_form(path: &str, body: impl Into<Vec<u8>>) -> Self {
        let request = Self::new("POST", path).header("Content-Type", "application/x-www-form-urlencoded");
        Self { body: body.into(), ..request }
    }

    pub fn json(method: &str, path: &str, body: &Value) -> Self {
        let request = Self::new(method, path).header("Content-Type", "application/json");
        Self { body: serde_json::to_vec(body).expect("JSON"), ..request }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub fn basic(self, id: &str, key: &str) -> Self {
        let credential = STANDARD.encode(format!("{id}:{key}"));
        self.header("Authorization", &format!("Basic {credential}"))
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn send(&self, address: SocketAddr) -> Response {
        send_raw(address, &self.bytes(address, "close"), self.method == "HEAD")
    }

    /// Over a connection that stays open, for many sequential requests.
    pub fn send_over(&self, connection: &mut TcpStream) -> Response {
        let address = connection.peer_addr().expect("an open connection");
        exchange(connection, &self.bytes(address, "keep-alive"), self.method == "HEAD")
            .unwrap_or_else(|(received, why)| panic!("{why}: {:?}", String::from_utf8_lossy(&received)))
    }

    /// `None` if the server closes the connection before it responds.
    pub fn try_send(&self, address: SocketAddr) -> Option<Response> {
        let mut stream = TcpStream::connect(address).ok()?;
        exchange(&mut stream, &self.bytes(address, "close"), self.method == "HEAD").ok()
    }

    /// `None` if no complete response arrives within `patience`; the connection is unusable then.
    pub fn try_send_over(&self, connection: &mut TcpStream, patience: Duration) -> Option<Response> {
        let address = connection.peer_addr().ok()?;
        let bytes = self.bytes(address, "keep-alive");
        exchange_within(connection, &bytes, self.method == "HEAD", patience).ok()
    }

    /// Reads the response while it is being sent.
    pub fn begin(&self, address: SocketAddr) -> Arriving {
        let mut stream = TcpStream::connect(address).expect("the server accepts");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        stream.write_all(&self.bytes(address, "close")).expect("the server reads");
        Arriving { stream, received: Vec::new() }
    }

    fn bytes(&self, address: SocketAddr, connection: &str) -> Vec<u8> {
        let (method, path) = (&self.method, &self.path);
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: {connection}\r\n");
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").expect("text");
        }
        let bodiless =
            self.body.is_empty() && matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
        if !bodiless {
            write!(head, "Content-Length: {}\r\n", self.body.len()).expect("text");
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// A response of which the rest is yet to come.
pub struct Arriving {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Arriving {
    /// What has arrived, head and chunk lengths included, once it contains `text`.
    #[track_caller]
    pub fn until(&mut self, text: &str) -> String {
        loop {
            let so_far = String::from_utf8_lossy(&self.received).into_owned();
            if so_far.contains(text) {
                return so_far;
            }
            let mut buffer = [0; 16 * 1024];
            match self.stream.read(&mut buffer) {
                Ok(0) => panic!("ended without {text}: {so_far}"),
                Ok(count) => self.received.extend_from_slice(&buffer[..count]),
                Err(error) => panic!("{error} before {text}: {so_far}"),
            }
        }
    }
}

/// Sends bytes unchanged and reads one response. The connection is closed by the server or after that response.
pub fn send_raw(address: SocketAddr, bytes: &[u8], head_only: bool) -> Response {
    let mut stream = TcpStream::connect(address).expect("the server accepts");
    exchange(&mut stream, bytes, head_only)
        .unwrap_or_else(|(received, why)| panic!("{why}: {:?}", String::from_utf8_lossy(&received)))
}

/// The response, or the bytes received before the connection ended, and how it ended.
fn exchange(stream: &mut TcpStream, bytes: &[u8], head_only: bool) -> Result<Response, (Vec<u8>, String)> {
    exchange_within(stream, bytes, head_only, Duration::from_secs(60))
}

fn exchange_within(
    stream: &mut TcpStream,
    bytes: &[u8],
    head_only: bool,
    patience: Duration,
) -> Result<Response, (Vec<u8>, String)> {
    stream.set_read_timeout(Some(patience)).expect("a timeout");
    // A server that refuses an oversized request may close the connection before the request is written completely.
    let _ = stream.write_all(bytes);
    let mut received = Vec::new();
    let mut buffer = [0; 16 * 1024];
    loop {
        if let Some(response) = parse(&received, head_only) {
            return Ok(response);
        }
        match stream.read(&mut buffer) {
            Ok(0) => return Err((received, "closed before a whole answer".to_owned())),
            Ok(count) => received.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err((received, error.to_string())),
        }
    }
}

fn parse(bytes: &[u8], head_only: bool) -> Option<Response> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).expect("a head in ASCII");
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .map(|line| {
            let (name, value) = line.split_once(':').expect("a header line");
            (name.to_ascii_lowercase(), value.trim().to_owned())
        })
        .collect();
    let rest = &bytes[end + 4..];
    let find = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let body = if head_only || matches!(status, 204 | 304) {
        Vec::new()
    } else if let Some(length) = find("content-length") {
        rest.get(..length.parse().ok()?)?.to_vec()
    } else if find("transfer-encoding") == Some("chunked") {
        unchunk(rest)?
    } else {
        panic!("neither a length nor chunks: {head}")
    };
    Some(Response { status, headers, body })
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        let chunk = rest.get(end + 2..end + 2 + size)?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..)?;
    }
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {:?}", self.status, self.text()))
    }

    /// The response without its date and request id, for responses that must be identical.
    pub fn without_date(&self) -> Self {
        let headers = self
            .headers
            .iter()
            .filter(|(name, _)| name != "date" && name != "x-request-id")
            .cloned()
            .collect();
        Self { headers, ..self.clone() }
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// RFC 6749 §5.2: `{"error": …}` as uncacheable JSON.
    #[track_caller]
    pub fn expect_oauth_error(self, status: u16, error: &str) -> Self {
        assert_eq!((self.status, self.json()["error"].as_str()), (status, Some(error)), "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("pragma"), Some("no-cache"));
        let json = self.json();
        let description = json["error_description"].as_str().expect("a description");
        let allowed = |c: char| matches!(c, '\x20'..='\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E');
        assert!(description.chars().all(allowed), "{description}");
        self
    }

    #[track_caller]
    pub fn expect_problem(self, status: u16, slug: &str) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.json()["type"], format!("/problems/{slug}"), "{}", self.text());
        assert_eq!(self.json()["status"], status);
        self
    }
}
