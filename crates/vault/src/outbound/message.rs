//! A request, its response, and what sends them.

use std::fmt;

use url::Url;
use zeroize::Zeroizing;

/// Of a response's body, after decompression.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// By which this server introduces itself.
pub const USER_AGENT: &str = concat!("claviger/", env!("CARGO_PKG_VERSION"));

/// Sends requests, and blocks until the response is complete. It follows no redirects.
pub trait Outbound {
    fn send(&self, request: &Request) -> Result<Response, SendFailure>;
}

/// Holds secrets, so `Debug` shows the method and the host alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    pub method: &'static str,
    pub url: Url,
    /// Names in lower case.
    pub headers: Vec<(String, Zeroizing<String>)>,
    pub body: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, self.url.host_str().unwrap_or_default())
    }
}

/// May repeat secrets of the request, so `Debug` shows the status alone.
#[derive(Clone)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Decompressed.
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({})", self.status)
    }
}

/// Why there is no response. One text for closed, filtered, refused and unknown addresses: a difference would show
/// callers what there is in the operator's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendFailure {
    #[error("the server cannot be reached; a private address must be listed by the operator")]
    Unreachable,
    #[error("the URL must begin with https:// unless the operator lists its host")]
    PlainHttp,
    #[error("the response cannot be used: it is larger than 1 MiB, or its compression is damaged or unknown")]
    BodyRefused,
}
