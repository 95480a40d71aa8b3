//! What may be cached: public documents, which are revalidated by entity tag, and nothing about tokens.

use std::hash::{DefaultHasher, Hasher};

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, PRAGMA};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;

/// Long enough to reduce load, short enough that clients see a new key before it signs.
const CACHE: &str = "public, max-age=300";

/// Neither tokens nor responses about them may be cached; Pragma is for HTTP/1.0 caches (RFC 6749 §5.1).
pub fn no_store(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
    answer
}

pub fn cacheable_json(request: &HttpRequest, document: &impl Serialize, content_type: &str) -> HttpResponse {
    let body = match serde_json::to_vec(document) {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "a public document could not be serialized");
            return HttpResponse::ServiceUnavailable().finish();
        }
    };
    // Unkeyed, so that all nodes compute the same tag for the same document.
    let mut hasher = DefaultHasher::new();
    hasher.write(&body);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let known =
        request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let matches =
        known.split(',').map(str::trim).any(|one| one == tag || one.trim_start_matches("W/") == tag);
    let mut answer = if matches { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((CACHE_CONTROL, CACHE)).insert_header((ETAG, tag));
    if matches { answer.finish() } else { answer.content_type(content_type).body(body) }
}
