//! The client of the vault: the only place from which requests to other services leave.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ureq::config::Config;
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};
use url::Url;

use crate::outbound::authorities::Authorities;
use crate::outbound::body::read_body;
use crate::outbound::listed_hosts::ListedHosts;
use crate::outbound::lookup::{CheckedResolver, Lookup, SystemLookup};
use crate::outbound::message::{Outbound, Request, Response, SendFailure};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_HEADER_BYTES: usize = 64 * 1024;

/// What the operator decides about outbound requests.
pub struct OutboundSettings {
    /// Hosts that may have private addresses and plain HTTP.
    pub listed_hosts: ListedHosts,
    /// Beside the built-in list of public ones.
    pub authorities: Authorities,
    /// Origins that are served at another address, such as a proxy for tests: `("https://api.github.com", URL)`.
    pub replaced_origins: Vec<(String, Url)>,
    pub lookup: Arc<dyn Lookup>,
    /// Connecting takes at most 5 s, and a request 15 s; tests shorten that.
    pub connect_timeout: Duration,
    pub total_timeout: Duration,
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self {
            listed_hosts: ListedHosts::default(),
            authorities: Authorities::default(),
            replaced_origins: Vec::new(),
            lookup: Arc::new(SystemLookup),
            connect_timeout: CONNECT_TIMEOUT,
            total_timeout: TOTAL_TIMEOUT,
        }
    }
}

/// Follows no redirect, uses no proxy of the environment, keeps no connection, always checks TLS certificates, and
/// connects only to addresses that it has checked.
pub struct OutboundClient {
    agent: Agent,
    listed: ListedHosts,
    replaced: Vec<(String, Url)>,
}

impl fmt::Debug for OutboundClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutboundClient")
    }
}

impl OutboundClient {
    pub fn new(settings: OutboundSettings) -> Self {
        let OutboundSettings { listed_hosts, authorities, replaced_origins, lookup, .. } = settings;
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_connections(0)
            .max_idle_connections_per_host(0)
            .max_response_header_size(MAX_HEADER_BYTES)
            .timeout_connect(Some(settings.connect_timeout))
            .timeout_resolve(Some(settings.connect_timeout))
            .timeout_global(Some(settings.total_timeout))
            .tls_config(TlsConfig::builder().root_certs(authorities.roots()).build())
            .build();
        let resolver = CheckedResolver { lookup, listed: listed_hosts.clone() };
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        Self { agent, listed: listed_hosts, replaced: replaced_origins }
    }

    /// Plain HTTP is for hosts that the operator lists.
    pub fn allows_scheme(&self, url: &Url) -> bool {
        url.scheme() == "https" || url.scheme() == "http" && self.listed.contains(url)
    }

    /// For an answer whose body is of no interest: it is not read.
    pub fn send_for_status(&self, request: &Request) -> Result<u16, SendFailure> {
        Ok(self.answer(request)?.status().as_u16())
    }

    fn answer(&self, request: &Request) -> Result<ureq::http::Response<Body>, SendFailure> {
        let url = self.target(&request.url);
        if !url.username().is_empty() || url.password().is_some() {
            return Err(SendFailure::Unreachable);
        }
        if !self.allows_scheme(&url) {
            return Err(SendFailure::PlainHttp);
        }
        let mut outgoing = ureq::http::Request::builder().method(request.method).uri(url.as_str());
        for (name, value) in &request.headers {
            outgoing = outgoing.header(name.as_str(), value.as_bytes());
        }
        let sent = if request.body.is_empty() && request.method == "GET" {
            outgoing.body(()).map_err(|_| SendFailure::Unreachable).map(|outgoing| self.agent.run(outgoing))
        } else {
            let body: &[u8] = &request.body;
            outgoing.body(body).map_err(|_| SendFailure::Unreachable).map(|outgoing| self.agent.run(outgoing))
        };
        sent?.map_err(|_| SendFailure::Unreachable)
    }

    fn target(&self, url: &Url) -> Url {
        let origin = url.origin().ascii_serialization();
        let Some((_, other)) = self.replaced.iter().find(|(replaced, _)| *replaced == origin) else {
            return url.clone();
        };
        let mut target = other.clone();
        target.set_path(&format!("{}{}", other.path().trim_end_matches('/'), url.path()));
        target.set_query(url.query());
        target
    }
}

impl Outbound for OutboundClient {
    fn send(&self, request: &Request) -> Result<Response, SendFailure> {
        let answer = self.answer(request)?;
        let (head, body) = answer.into_parts();
        let headers = head.headers.iter();
        // Values that are not UTF-8 are of no use to anybody here.
        let headers = headers.map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let headers: Vec<(String, String)> = headers.collect();
        let mut response = Response { status: head.status.as_u16(), headers, body: Vec::new() };
        let body = read_body(response.header("content-encoding"), body.into_reader());
        response.body = match body.map(|body| body.map_err(ureq::Error::from)) {
            Some(Ok(bytes)) => bytes,
            Some(Err(ureq::Error::Timeout(_))) => return Err(SendFailure::Unreachable),
            Some(Err(_)) | None => return Err(SendFailure::BodyRefused),
        };
        Ok(response)
    }
}
