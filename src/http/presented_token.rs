//! The credential of a request: one rule for every endpoint that accepts a token.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use claviger_contract::{PresentedToken, TOKEN_HEADER, Unclear};

/// `None` if no credential is presented, or one with an unsupported scheme (RFC 6750 §3.1).
///
/// A token in the query string is never accepted (RFC 6750 §2.3, RFC 9700 §4.3.2). Alone it counts as absent; beside a
/// header it counts as a second method (RFC 6750 §2).
pub fn presented_token(request: &HttpRequest) -> Result<Option<PresentedToken>, Unclear> {
    let headers = request.headers();
    let found = PresentedToken::find(
        headers.get_all(TOKEN_HEADER).map(HeaderValue::as_bytes),
        headers.get_all(AUTHORIZATION).map(HeaderValue::as_bytes),
    )?;
    if found.is_some() && names_a_token(request.query_string()) {
        return Err(Unclear::TwoCredentials);
    }
    Ok(found)
}

fn names_a_token(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token")
}

/// A challenge names the realm as in the request, if the name is valid in a header.
pub fn challenge(realm: &str, parameters: &str) -> String {
    let plain = realm.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let realm = if plain { realm } else { "" };
    if parameters.is_empty() {
        format!("Bearer realm=\"{realm}\"")
    } else {
        format!("Bearer realm=\"{realm}\", {parameters}")
    }
}
