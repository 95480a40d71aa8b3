//! Authorization server metadata (RFC 8414 §2), and the form of it that OpenID clients require.

use serde::{Deserialize, Serialize};

use crate::scope::Scope;

/// Members are named as in RFC 8414 §2; only the supported features are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationServerMetadata {
    pub issuer: String,
    pub token_endpoint: String,
    pub jwks_uri: String,
    /// Required; empty because there is no authorization endpoint.
    pub response_types_supported: Vec<String>,
    pub grant_types_supported: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<Scope>,
    pub token_endpoint_auth_methods_supported: Vec<String>,
    pub introspection_endpoint: String,
    pub introspection_endpoint_auth_methods_supported: Vec<String>,
    pub revocation_endpoint: String,
    pub revocation_endpoint_auth_methods_supported: Vec<String>,
}

/// The document at `openid-configuration`, with the members that OpenID Connect Discovery 1.0 §3 requires. Clients that
/// only verify tokens with an OpenID library refuse the issuer without them.
///
/// `authorization_endpoint` is left out: no supported grant uses it (RFC 8414 §2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenIdProviderMetadata {
    /// `response_types_supported` is `["none"]` here, because Discovery does not allow an empty list (§4.2).
    #[serde(flatten)]
    pub server: AuthorizationServerMetadata,
    /// Every client sees the same `sub`.
    pub subject_types_supported: Vec<String>,
    /// The algorithms of the published keys, that of the signing key first. OpenID libraries accept only tokens with one
    /// of these algorithms.
    ///
    /// Always contains `RS256`, as Discovery requires. This server issues no ID tokens, and a client that accepts RS256
    /// still needs an RSA key from `jwks_uri`.
    pub id_token_signing_alg_values_supported: Vec<String>,
}
