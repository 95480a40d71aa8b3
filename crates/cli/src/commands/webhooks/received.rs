//! A received webhook: a request, as far as signatures need it.

use std::fmt;

use claviger_webhook::{
    ID_HEADER, SIGNATURE_HEADER, Signed, TIMESTAMP_HEADER, Unverified, WebhookSecret, verify,
};

/// Of the request line and the headers.
const MAX_HEAD: usize = 16 * 1024;
const MAX_BODY: usize = 1024 * 1024;
const MAX_HEADERS: usize = 64;

pub struct Received {
    /// The header `webhook-id`.
    pub id: String,
    timestamp: i64,
    signature: String,
    pub body: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// It ends early, or takes too long.
    Incomplete,
    Malformed,
    Method,
    NoLength,
    TooLarge,
    Unsigned,
    Unverified(Unverified),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete => f.write_str("the request ended early, or took longer than 5 seconds"),
            Self::Malformed => f.write_str("the request is no HTTP/1.1 request"),
            Self::Method => f.write_str("the request is no POST"),
            Self::NoLength => f.write_str("the request has no Content-Length"),
            Self::TooLarge => write!(f, "the request is larger than {} KiB", MAX_BODY / 1024),
            Self::Unsigned => {
                write!(
                    f,
                    "the headers {ID_HEADER}, {TIMESTAMP_HEADER} and {SIGNATURE_HEADER} must be there once"
                )
            }
            Self::Unverified(why) => why.fmt(f),
        }
    }
}

impl Received {
    /// `now` is in seconds since the Unix epoch.
    pub fn verify(&self, secret: &WebhookSecret, now: i64) -> Result<(), Unverified> {
        let signed = Signed { id: &self.id, timestamp: self.timestamp, body: &self.body };
        verify(secret, signed, &self.signature, now)
    }
}

/// `None` while more bytes are needed.
pub fn parse(bytes: &[u8]) -> Result<Option<Received>, Refused> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let head = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() > MAX_HEAD => return Err(Refused::TooLarge),
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(Refused::Malformed),
    };
    if request.method != Some("POST") {
        return Err(Refused::Method);
    }
    let header = |name: &str| {
        let mut values = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
        let value = values.next().filter(|_| values.next().is_none())?;
        std::str::from_utf8(value.value).ok().map(str::trim)
    };
    let length: usize =
        header("content-length").and_then(|text| text.parse().ok()).ok_or(Refused::NoLength)?;
    if length > MAX_BODY {
        return Err(Refused::TooLarge);
    }
    let Some(body) = bytes.get(head..head + length) else { return Ok(None) };
    let id = header(ID_HEADER).ok_or(Refused::Unsigned)?.to_owned();
    let timestamp = header(TIMESTAMP_HEADER).and_then(|text| text.parse().ok()).ok_or(Refused::Unsigned)?;
    let signature = header(SIGNATURE_HEADER).ok_or(Refused::Unsigned)?.to_owned();
    Ok(Some(Received { id, timestamp, signature, body: body.to_vec() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nwebhook-id: i\r\nwebhook-timestamp: 7\r\n\
                        webhook-signature: v1,x\r\n\r\n{}";

    #[test]
    fn request_is_complete_with_its_last_byte() {
        for length in 0..GOOD.len() {
            assert!(parse(&GOOD.as_bytes()[..length]).expect("no fault").is_none(), "{length}");
        }
        let received = parse(GOOD.as_bytes()).expect("no fault").expect("a request");
        assert_eq!((received.id.as_str(), received.timestamp, &received.body[..]), ("i", 7, &b"{}"[..]));
    }

    #[test]
    fn other_requests_are_refused() {
        for (from, to, expected) in [
            ("POST", "GET", Refused::Method),
            ("HTTP/1.1", "HTTP/9.9", Refused::Malformed),
            ("Content-Length: 2\r\n", "", Refused::NoLength),
            ("Content-Length: 2\r\n", "Content-Length: 2\r\nContent-Length: 3\r\n", Refused::NoLength),
            ("Content-Length: 2\r\n", "Transfer-Encoding: chunked\r\n", Refused::NoLength),
            ("Content-Length: 2\r\n", "Content-Length: -2\r\n", Refused::NoLength),
            ("Content-Length: 2", "Content-Length: 1048577", Refused::TooLarge),
            ("webhook-id: i\r\n", "", Refused::Unsigned),
            ("webhook-timestamp: 7", "webhook-timestamp: seven", Refused::Unsigned),
            ("webhook-signature: v1,x\r\n", "", Refused::Unsigned),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert_eq!(parse(text.as_bytes()).err(), Some(expected), "{text}");
        }
        let endless = format!("POST / HTTP/1.1\r\na: {}", "b".repeat(MAX_HEAD));
        assert_eq!(parse(endless.as_bytes()).err(), Some(Refused::TooLarge));
    }
}
