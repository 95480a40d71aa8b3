//! OAuth error responses (RFC 6749 §5.2).

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;

use crate::http::caching::no_store;
use crate::http::limits::{BodyError, HEADERS_TOO_LARGE};
use crate::issuance::Refusal;

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    error_description: &'a str,
}

pub fn refused(refusal: &Refusal) -> HttpResponse {
    let description = refusal.to_string();
    match refusal {
        Refusal::InvalidRequest(_) | Refusal::MissingGrantType => {
            bad_request("invalid_request", &description)
        }
        Refusal::MissingRefreshToken => bad_request("invalid_request", &description),
        Refusal::InvalidGrant => bad_request("invalid_grant", &description),
        Refusal::UnsupportedGrantType => bad_request("unsupported_grant_type", &description),
        Refusal::UnauthorizedClient { .. } | Refusal::RealmSuspended => {
            bad_request("unauthorized_client", &description)
        }
        Refusal::InvalidScope(_) => bad_request("invalid_scope", &description),
        Refusal::InvalidTarget(_) | Refusal::ForeignAudience => bad_request("invalid_target", &description),
        Refusal::InvalidClient | Refusal::UnsuitableClient { .. } => answer(
            no_store(StatusCode::UNAUTHORIZED).insert_header((WWW_AUTHENTICATE, "Basic realm=\"claviger\"")),
            "invalid_client",
            &description,
        ),
        Refusal::TooManyFailures { retry_after } => answer(
            no_store(StatusCode::TOO_MANY_REQUESTS).insert_header((RETRY_AFTER, seconds(*retry_after))),
            "invalid_client",
            &description,
        ),
        Refusal::Unavailable | Refusal::ClockAlarmed(_) => unavailable(&description),
        Refusal::Signing => {
            tracing::error!("no active key of the realm could sign a token");
            unavailable(&description)
        }
    }
}

/// RFC 9110 §15.5.6. RFC 6749 defines no error code for it.
pub fn method_refused(request: &HttpRequest, allowed: &str) -> HttpResponse {
    answer(
        no_store(StatusCode::METHOD_NOT_ALLOWED).insert_header((ALLOW, allowed)),
        "invalid_request",
        &format!("{} is not supported here: use {allowed}", request.method()),
    )
}

pub fn headers_refused() -> HttpResponse {
    let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    answer(&mut no_store(status), "invalid_request", HEADERS_TOO_LARGE)
}

pub fn body_refused(error: &BodyError) -> HttpResponse {
    match error {
        BodyError::TooLarge(_) => answer(
            &mut no_store(StatusCode::PAYLOAD_TOO_LARGE),
            "invalid_request",
            "the body is larger than 64 KiB",
        ),
        BodyError::TooSlow => answer(
            &mut no_store(StatusCode::REQUEST_TIMEOUT),
            "invalid_request",
            "the body did not arrive within 15 seconds",
        ),
        BodyError::Broken => bad_request("invalid_request", "the body could not be read"),
    }
}

/// 503: the outcome is unknown; the client should retry (RFC 7009 §2.2.1).
pub fn unavailable(description: &str) -> HttpResponse {
    answer(
        no_store(StatusCode::SERVICE_UNAVAILABLE).insert_header((RETRY_AFTER, "1")),
        "temporarily_unavailable",
        description,
    )
}

/// 429: not done; the client should retry later. No standard defines an error code; this one causes no retry loop.
pub fn too_many(description: &str) -> HttpResponse {
    answer(
        no_store(StatusCode::TOO_MANY_REQUESTS).insert_header((RETRY_AFTER, "60")),
        "invalid_request",
        description,
    )
}

pub fn bad_request(error: &str, description: &str) -> HttpResponse {
    answer(&mut no_store(StatusCode::BAD_REQUEST), error, description)
}

pub fn answer(builder: &mut HttpResponseBuilder, error: &str, description: &str) -> HttpResponse {
    let description: String = description.chars().map(allowed).collect();
    builder.json(ErrorBody { error, error_description: &description })
}

/// RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E.
fn allowed(c: char) -> char {
    match c {
        '\x20'..='\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E' => c,
        '"' => '\'',
        _ => '?',
    }
}

/// Rounded up, so that a client that waits this long may retry.
fn seconds(duration: Duration) -> String {
    (duration.as_secs() + u64::from(duration.subsec_nanos() > 0)).max(1).to_string()
}
