//! One HTTP request and its response: no redirects, no retries, a timeout of 30 s.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use ureq::http::header::{LOCATION, RETRY_AFTER};
use ureq::http::{Request, Response, StatusCode};
use ureq::{Agent, Body};
use url::Url;

use crate::failure::{Exit, Failure};
use crate::server::authorities::Authorities;
use crate::server::helped_server::is_this_machine;

/// URL of a server: `http` or `https`, optionally with a path prefix, without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl {
    text: String,
    is_this_machine: bool,
    /// Whether requests cannot be read in transit.
    is_private: bool,
}

impl FromStr for ServerUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url =
            Url::parse(text).map_err(|error| format!("{error}: write http://HOST:PORT or https://HOST"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("the scheme must be http or https".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "must not contain a user name or password: put the token into CLAVIGER_TOKEN".to_owned()
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must not contain a query or fragment".to_owned());
        }
        let is_this_machine = is_this_machine(&url);
        let is_private = url.scheme() == "https" || is_this_machine;
        Ok(Self { text: url.as_str().trim_end_matches('/').to_owned(), is_this_machine, is_private })
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl ServerUrl {
    pub fn is_private(&self) -> bool {
        self.is_private
    }

    pub fn is_encrypted(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// Each segment stays one path segment, whatever characters it contains.
    pub fn at(&self, segments: &[&str]) -> String {
        let mut url = self.text.clone();
        for segment in segments {
            url.push('/');
            url.push_str(&encoded(segment));
        }
        url
    }
}

/// Encodes all characters but the unreserved ones of RFC 3986 §2.3. In a segment of dots alone it also encodes the
/// dots, because that segment would name another folder.
fn encoded(segment: &str) -> String {
    let only_dots = segment.bytes().all(|b| b == b'.');
    let is_plain =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'~') || (b == b'.' && !only_dots);
    segment
        .bytes()
        .map(|b| if is_plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

pub struct Transport {
    agent: Agent,
    server: ServerUrl,
}

/// The response, whatever its status.
pub struct RawAnswer {
    pub status: StatusCode,
    pub body: String,
    /// Seconds from `Retry-After`, if the server sent it.
    pub retry_after: Option<u64>,
}

const TIMEOUT: Duration = Duration::from_secs(30);

impl Transport {
    /// `authorities` are for https.
    pub fn new(server: ServerUrl, authorities: Option<&Authorities>) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(TIMEOUT))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("claviger/", env!("CARGO_PKG_VERSION")));
        if server.is_this_machine {
            // A proxy on another machine cannot reach this server.
            config = config.proxy(None);
        }
        if let Some(authorities) = authorities {
            config = config.tls_config(authorities.tls_config());
        }
        Self { agent: config.build().into(), server }
    }

    pub fn server(&self) -> &ServerUrl {
        &self.server
    }

    pub fn send(&self, request: Request<Option<String>>) -> Result<RawAnswer, Failure> {
        let (parts, body) = request.into_parts();
        let answer = match body {
            Some(body) => self.agent.run(Request::from_parts(parts, body)),
            None => self.agent.run(Request::from_parts(parts, ())),
        };
        answer.and_then(read).map_err(|error| self.unreachable(&error)).and_then(|answer| self.ours(answer))
    }

    /// No redirect is followed, because the token would be sent along.
    fn ours(&self, (answer, location): (RawAnswer, Option<String>)) -> Result<RawAnswer, Failure> {
        if !answer.status.is_redirection() {
            return Ok(answer);
        }
        let elsewhere = location.unwrap_or_else(|| "another address".to_owned());
        let message =
            format!("{} redirects to {elsewhere}: redirects are not followed; correct --url", self.server);
        Err(Failure::new(Exit::Failure, message))
    }

    fn unreachable(&self, error: &ureq::Error) -> Failure {
        let server = &self.server;
        let message = match error {
            ureq::Error::Timeout(_) => format!(
                "{server} did not answer within {} s: the request may have taken effect, so check before you repeat it",
                TIMEOUT.as_secs()
            ),
            ureq::Error::BodyExceedsLimit(_) => {
                format!("the response of {server} is too large for a Claviger server")
            }
            ureq::Error::Io(error) => self.help(error),
            error => self.help(error),
        };
        Failure::new(Exit::Unreachable, message)
    }

    fn help(&self, error: &dyn fmt::Display) -> String {
        let server = &self.server;
        let tls = if server.is_encrypted() {
            " does it use TLS with a certificate that this system or --ca-file trusts,"
        } else {
            ""
        };
        format!(
            "{server} cannot be reached ({error}): is it running,{tls} and is --url or CLAVIGER_URL correct?"
        )
    }
}

fn read(mut answer: Response<Body>) -> Result<(RawAnswer, Option<String>), ureq::Error> {
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
    let location = header(LOCATION).map(str::to_owned);
    let status = answer.status();
    let body = answer.body_mut().read_to_string()?;
    Ok((RawAnswer { status, body, retry_after }, location))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_stay_segments_whatever_is_in_them() {
        let server: ServerUrl = "https://example.org/auth/".parse().expect("a URL");
        for (segment, path) in [
            ("plain-1_~.x", "plain-1_~.x"),
            ("Tech Products", "Tech%20Products"),
            ("a/b?c#d%", "a%2Fb%3Fc%23d%25"),
            ("夜", "%E5%A4%9C"),
            ("..", "%2E%2E"),
        ] {
            assert_eq!(server.at(&["groups", segment]), format!("https://example.org/auth/groups/{path}"));
        }
    }

    #[test]
    fn server_url_is_http_and_holds_nothing_else() {
        let url: ServerUrl = "http://127.0.0.1:8080".parse().expect("a URL");
        assert_eq!(url.to_string(), "http://127.0.0.1:8080");
        assert!(url.is_this_machine);
        for bad in ["", "127.0.0.1:8080", "ftp://x", "http://u:p@x", "http://x?y", "http://x#y"] {
            assert!(bad.parse::<ServerUrl>().is_err(), "{bad}");
        }
    }
}
