//! Requests to the issuer, and to nobody else: no redirect is followed, and no proxy of the environment is used.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, HeaderValue, RETRY_AFTER};
use ureq::http::{Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

pub(crate) struct Client {
    agent: Agent,
    authorization: HeaderValue,
}

/// Those of the resource server. No `Debug`: it holds a secret.
pub(crate) struct Credentials {
    pub(crate) id: String,
    pub(crate) key: String,
}

/// Why there is no answer to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("{0}")]
    Unreachable(String),
    #[error("it answered {status}")]
    Status { status: u16, retry_after: Option<Duration> },
    #[error("its answer is longer than {0} bytes, or broke off")]
    Body(u64),
}

const USER_AGENT: &str = concat!("claviger-verifier/", env!("CARGO_PKG_VERSION"));

/// A server that asks for more patience than this is asked again nevertheless.
const MAX_RETRY_AFTER: u64 = 60;

impl Client {
    /// `None` if the id or the key cannot stand in a header.
    pub(crate) fn new(credentials: &Credentials, roots: RootCerts) -> Option<Self> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(USER_AGENT);
        let pair = STANDARD.encode(format!("{}:{}", credentials.id, credentials.key));
        let mut authorization = HeaderValue::from_str(&format!("Basic {pair}")).ok()?;
        authorization.set_sensitive(true);
        Some(Self { agent: config.build().into(), authorization })
    }

    /// A document that everyone may read. Asks caches to ask the issuer.
    pub(crate) fn get_public(&self, url: &str, within: Duration, max: u64) -> Result<Vec<u8>, NoAnswer> {
        let request =
            self.agent.get(url).header(ACCEPT, "application/json").header(CACHE_CONTROL, "no-cache");
        read(request.config().timeout_global(Some(within)).build().call(), max)
    }

    pub(crate) fn get<'q>(
        &self,
        url: &str,
        query: impl IntoIterator<Item = (&'q str, &'q str)>,
        within: Duration,
        max: u64,
    ) -> Result<Vec<u8>, NoAnswer> {
        let request = self.agent.get(url).header(ACCEPT, "application/json").query_pairs(query);
        let request = request.header(AUTHORIZATION, &self.authorization);
        read(request.config().timeout_global(Some(within)).build().call(), max)
    }

    pub(crate) fn post_form(
        &self,
        url: &str,
        form: [(&str, &str); 1],
        within: Duration,
        max: u64,
    ) -> Result<Vec<u8>, NoAnswer> {
        let request = self.agent.post(url).header(ACCEPT, "application/json");
        let request = request.header(AUTHORIZATION, &self.authorization);
        read(request.config().timeout_global(Some(within)).build().send_form(form), max)
    }
}

fn read(answered: Result<Response<Body>, ureq::Error>, max: u64) -> Result<Vec<u8>, NoAnswer> {
    let mut answer = answered.map_err(|error| NoAnswer::Unreachable(error.to_string()))?;
    if answer.status() != StatusCode::OK {
        let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let retry_after = seconds.map(|seconds: u64| Duration::from_secs(seconds.min(MAX_RETRY_AFTER)));
        return Err(NoAnswer::Status { status: answer.status().as_u16(), retry_after });
    }
    answer.body_mut().with_config().limit(max).read_to_vec().map_err(|_| NoAnswer::Body(max))
}
