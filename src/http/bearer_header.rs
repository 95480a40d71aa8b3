//! The bearer token of a request (RFC 6750 §2.1), wherever one is accepted.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

/// A header that is there but is not one well-formed bearer credential, or not the only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedHeader;

/// `None` when there is no Authorization header, or one of another scheme (RFC 6750 §3.1).
///
/// A token in the query string is never looked at (RFC 6750 §2.3, RFC 9700 §4.3.2): alone it counts as none, and beside a
/// header as a second method (RFC 6750 §2).
pub fn presented_token(request: &HttpRequest) -> Result<Option<String>, MalformedHeader> {
    let mut values = request.headers().get_all(AUTHORIZATION);
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() || names_a_token(request.query_string()) {
        return Err(MalformedHeader);
    }
    let text = value.to_str().map_err(|_| MalformedHeader)?;
    let (scheme, token) = text.split_once(' ').ok_or(MalformedHeader)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    let well_formed =
        !token.is_empty() && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b));
    if well_formed { Ok(Some(token.to_owned())) } else { Err(MalformedHeader) }
}

fn names_a_token(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token")
}

/// A challenge names the realm as the request did, if that can stand in a header.
pub fn challenge(realm: &str, parameters: &str) -> String {
    let plain = realm.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let realm = if plain { realm } else { "" };
    if parameters.is_empty() {
        format!("Bearer realm=\"{realm}\"")
    } else {
        format!("Bearer realm=\"{realm}\", {parameters}")
    }
}
