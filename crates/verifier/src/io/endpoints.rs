//! Where the issuer answers, as its metadata says (RFC 8414).

use std::sync::OnceLock;
use std::time::Duration;

use serde::Deserialize;

use crate::io::client::{Client, NoAnswer};

/// Found once; the addresses of an issuer do not change.
#[derive(Debug)]
pub(crate) struct Endpoints {
    issuer: String,
    found: OnceLock<Found>,
}

#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) key_set: String,
    pub(crate) introspection: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum NotFound {
    #[error("{0}")]
    NoAnswer(#[from] NoAnswer),
    #[error("its metadata is not a document of RFC 8414")]
    Unreadable,
    #[error("its metadata is of another issuer")]
    OtherIssuer,
    #[error("its metadata names an address of another server")]
    OtherServer,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
    introspection_endpoint: String,
}

const WITHIN: Duration = Duration::from_secs(5);
const MAX_BYTES: u64 = 64 * 1024;

impl Endpoints {
    pub(crate) fn new(issuer: &str) -> Self {
        Self { issuer: issuer.to_owned(), found: OnceLock::new() }
    }

    /// Asks for the metadata if it was not found before. The key of the resource server and tokens are sent to the
    /// issuer alone, so every address must be below it.
    pub(crate) fn find(&self, client: &Client) -> Result<&Found, NotFound> {
        if let Some(found) = self.found.get() {
            return Ok(found);
        }
        let url = format!("{}/.well-known/oauth-authorization-server", self.issuer);
        let body = client.get_public(&url, WITHIN, MAX_BYTES)?;
        let read: Metadata = serde_json::from_slice(&body).map_err(|_| NotFound::Unreadable)?;
        if read.issuer != self.issuer {
            return Err(NotFound::OtherIssuer);
        }
        let below = format!("{}/", self.issuer);
        if !read.jwks_uri.starts_with(&below) || !read.introspection_endpoint.starts_with(&below) {
            return Err(NotFound::OtherServer);
        }
        let found = Found { key_set: read.jwks_uri, introspection: read.introspection_endpoint };
        Ok(self.found.get_or_init(|| found))
    }
}
