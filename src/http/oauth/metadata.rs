//! Authorization server metadata (RFC 8414), the same bytes under all its names.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::caching::cacheable_json;
use crate::http::oauth::error::{no_store, refused};
use crate::http::state::AppState;

/// URLs are built from `public_url`, never from the request's Host.
pub async fn metadata(request: HttpRequest, realm: Path<String>, state: Data<AppState>) -> HttpResponse {
    match state.issuer.metadata(&realm) {
        Ok(Some(metadata)) => cacheable_json(&request, &metadata, "application/json"),
        Ok(None) => no_such_realm(),
        Err(refusal) => refused(&refusal),
    }
}

pub fn no_such_realm() -> HttpResponse {
    no_store(StatusCode::NOT_FOUND)
        .json(serde_json::json!({"error": "not_found", "error_description": "there is no such realm"}))
}
