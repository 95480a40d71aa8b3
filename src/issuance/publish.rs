//! What a realm publishes: its metadata (RFC 8414) and its keys (RFC 7517).

use claviger_contract::{AuthorizationServerMetadata, OpenIdProviderMetadata, Timestamp};

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

/// For clients that validate the document as OpenID Connect Discovery 1.0 defines it.
pub fn openid_metadata(realm: &RealmView, now: Timestamp) -> OpenIdProviderMetadata {
    let server =
        AuthorizationServerMetadata { response_types_supported: vec!["none".to_owned()], ..metadata(realm) };
    let signing = realm.keys.active().map(|key| key.record.public.alg.clone());
    let published = realm.keys.public(now).keys.into_iter().map(|key| key.alg);
    let mut algorithms: Vec<String> = Vec::new();
    for algorithm in signing.into_iter().chain(published).chain(["RS256".to_owned()]) {
        if !algorithms.contains(&algorithm) {
            algorithms.push(algorithm);
        }
    }
    OpenIdProviderMetadata {
        server,
        subject_types_supported: vec!["public".to_owned()],
        id_token_signing_alg_values_supported: algorithms,
    }
}
