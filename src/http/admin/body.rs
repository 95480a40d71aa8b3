//! JSON bodies of requests.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Payload;
use claviger_api::Body;
use claviger_contract::parse_strict_json;
use serde_json::Value;

use crate::http::admin::path::PathParts;
use crate::http::admin::problem::Problem;
use crate::http::limits::read_body;

/// Every fault is reported at once.
pub async fn body<T: Body>(request: &HttpRequest, payload: Payload) -> Result<T, Problem> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        return Err(Problem::unsupported_media_type());
    }
    let body = read_body(payload).await.map_err(|error| Problem::body(&error))?;
    match parse_strict_json(&body) {
        Ok(Value::Object(members)) => {
            T::read(PathParts::of(request).realm().as_ref(), members).map_err(Problem::of_faults)
        }
        Ok(_) => Err(Problem::malformed("the body must be a JSON object")),
        Err(error) => Err(Problem::malformed(format!("the body {error}"))),
    }
}

/// `None` if the request has no body.
pub async fn optional_body<T: Body>(request: &HttpRequest, payload: Payload) -> Result<Option<T>, Problem> {
    let has_type = request.headers().contains_key(CONTENT_TYPE);
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if !has_type && length.is_none_or(|length| length == "0") {
        return Ok(None);
    }
    body(request, payload).await.map(Some)
}
