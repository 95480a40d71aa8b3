//! How much a request may carry.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::rt::time::timeout;
use actix_web::web::{Bytes, Payload};
use actix_web::{Error, HttpResponse};

/// Of a request's body, in bytes; beyond it 413.
pub const LARGEST_BODY: usize = 64 * 1024;

/// Of an import of credentials, in bytes: a thousand lines of 2 KiB each.
pub const LARGEST_IMPORT: usize = 2 * 1024 * 1024;

/// Of a request's header block, in bytes; beyond it 431.
const LARGEST_HEADERS: usize = 16 * 1024;

/// Of a form, in parameters; beyond it 400.
pub const MOST_PARAMETERS: usize = 100;

#[derive(Debug, PartialEq, Eq)]
pub enum BodyError {
    /// With what would have been the most.
    TooLarge(usize),
    /// The connection broke, or the body is not framed as it says.
    Broken,
    TooSlow,
}

/// How long a client may take to send a request's body.
const BODY_TIMEOUT: Duration = Duration::from_secs(15);

pub async fn read_body(payload: Payload) -> Result<Bytes, BodyError> {
    read_body_of(LARGEST_BODY, payload).await
}

pub async fn read_body_of(most: usize, payload: Payload) -> Result<Bytes, BodyError> {
    match timeout(BODY_TIMEOUT, payload.to_bytes_limited(most)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) => Err(BodyError::Broken),
        Ok(Err(_)) => Err(BodyError::TooLarge(most)),
        Err(_) => Err(BodyError::TooSlow),
    }
}

/// Refuses oversized header blocks before anything reads them.
pub async fn bound_headers<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // Name, value, and the four bytes of ": " and the line's end.
    let size: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if size + target > LARGEST_HEADERS {
        let answer = HttpResponse::build(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
            .content_type("text/plain; charset=utf-8")
            .body("the header block is larger than 16 KiB\n");
        return Ok(request.into_response(answer));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}
