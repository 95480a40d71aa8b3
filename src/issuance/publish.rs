//! What a realm publishes: its metadata (RFC 8414) and its keys (RFC 7517).

use claviger_contract::AuthorizationServerMetadata;

use crate::snapshot::RealmView;

/// URLs are derived from the issuer, and that from `public_url`: never from a request's Host header.
pub fn metadata(realm: &RealmView) -> AuthorizationServerMetadata {
    let issuer = &*realm.issuer;
    let methods = || vec!["client_secret_basic".to_owned(), "client_secret_post".to_owned()];
    AuthorizationServerMetadata {
        issuer: issuer.to_owned(),
        token_endpoint: format!("{issuer}/oauth2/token"),
        jwks_uri: format!("{issuer}/oauth2/jwks"),
        response_types_supported: Vec::new(),
        grant_types_supported: vec!["client_credentials".to_owned(), "refresh_token".to_owned()],
        scopes_supported: realm.scopes.keys().cloned().collect(),
        token_endpoint_auth_methods_supported: methods(),
        introspection_endpoint: format!("{issuer}/oauth2/introspect"),
        introspection_endpoint_auth_methods_supported: methods(),
        revocation_endpoint: format!("{issuer}/oauth2/revoke"),
        revocation_endpoint_auth_methods_supported: methods(),
    }
}
