//! The metadata of a protected resource (RFC 9728).

use serde::Serialize;
use ureq::http::Uri;

use crate::verifier::Verifier;
use claviger_contract::ScopeSet;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// What clients read to find the authorization server of a resource (RFC 9728 §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtectedResource {
    path: String,
    url: String,
    document: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a protected resource is an http or https URL without query and fragment")]
pub struct InvalidResource;

#[derive(Serialize)]
struct Document<'a> {
    resource: &'a str,
    authorization_servers: [&'a str; 1],
    #[serde(skip_serializing_if = "ScopeSet::is_empty")]
    scopes_supported: &'a ScopeSet,
    bearer_methods_supported: [&'static str; 1],
}

impl ProtectedResource {
    /// `resource` is the URL under which clients reach the service.
    ///
    /// # Errors
    ///
    /// If it is none (RFC 9728 §1.2).
    pub fn new(resource: &str, verifier: &Verifier, scopes: &ScopeSet) -> Result<Self, InvalidResource> {
        let uri: Uri = resource.parse().map_err(|_| InvalidResource)?;
        let authority = uri.authority().ok_or(InvalidResource)?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https"));
        let scheme = scheme.ok_or(InvalidResource)?;
        if resource.contains(['?', '#', '@', '"', '\\']) {
            return Err(InvalidResource);
        }
        let path = format!("{WELL_KNOWN}{}", uri.path().trim_end_matches('/'));
        let document = Document {
            resource,
            authorization_servers: [verifier.issuer()],
            scopes_supported: scopes,
            bearer_methods_supported: ["header"],
        };
        Ok(Self {
            url: format!("{scheme}://{authority}{path}"),
            path,
            document: serde_json::to_string(&document).map_err(|_| InvalidResource)?,
        })
    }

    /// Where the document is served: between host and path of the resource (RFC 9728 §3.1).
    pub fn path(&self) -> &str {
        &self.path
    }

    /// As challenges name it in `resource_metadata` (RFC 9728 §5.1).
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `application/json`.
    pub fn document(&self) -> &str {
        &self.document
    }
}
