//! Size limits of requests.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::rt::time::timeout;
use actix_web::web::{Bytes, Payload};

/// Maximum request body, in bytes; a larger one gets 413.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// Maximum body of a credential import, in bytes: a thousand lines of 2 KiB each.
pub const MAX_IMPORT_BYTES: usize = 2 * 1024 * 1024;

/// Maximum header block, in bytes; a larger one gets 431. The largest token, in base64 again as a password, leaves room
/// for 50 ordinary headers.
const MAX_HEADER_BYTES: usize = 32 * 1024;

/// Maximum address of a page of the console, in bytes: it holds what was typed, as a hundred groups with long names. The
/// library answers 400 above 64 KiB.
pub const MAX_CONSOLE_ADDRESS_BYTES: usize = 60 * 1024;

/// Maximum body of a form of the console, in bytes; a larger one gets 413.
pub const MAX_CONSOLE_FORM_BYTES: usize = 256 * 1024;

/// Maximum number of fields of a form of the console; more get 400.
pub const MAX_CONSOLE_FIELDS: usize = 1_000;

/// Maximum number of form parameters; more get 400.
pub const MAX_PARAMETERS: usize = 100;

#[derive(Debug, PartialEq, Eq)]
pub enum BodyError {
    /// With the limit.
    TooLarge(usize),
    /// The connection failed, or the body's framing is invalid.
    Broken,
    TooSlow,
}

/// How long a client may take to send a request's body.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

pub async fn read_body(payload: Payload) -> Result<Bytes, BodyError> {
    read_body_of(MAX_BODY_BYTES, payload).await
}

pub async fn read_body_of(most: usize, payload: Payload) -> Result<Bytes, BodyError> {
    match timeout(BODY_TIMEOUT, payload.to_bytes_limited(most)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) => Err(BodyError::Broken),
        Ok(Err(_)) => Err(BodyError::TooLarge(most)),
        Err(_) => Err(BodyError::TooSlow),
    }
}

pub const HEADERS_TOO_LARGE: &str = "the header block is larger than 32 KiB";

/// Not for forward-auth, which gets the headers of other services' clients: proxies turn 431 into an error. There the
/// limit is the library's, 128 KiB.
pub fn has_too_large_headers(request: &HttpRequest) -> bool {
    // Name, value, and the four bytes of ": " and CRLF.
    let size: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    match is_console(request.path()) {
        true => size > MAX_HEADER_BYTES || target > MAX_CONSOLE_ADDRESS_BYTES,
        false => size + target > MAX_HEADER_BYTES && !is_forward_auth(request.path()),
    }
}

pub fn is_console(path: &str) -> bool {
    path.split('/').nth(1) == Some("console")
}

fn is_forward_auth(path: &str) -> bool {
    let mut segments = path.split('/').skip(1);
    segments.next() == Some("realms") && segments.nth(1) == Some("forward-auth")
}
