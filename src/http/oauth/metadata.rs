//! Authorization server metadata (RFC 8414, OpenID Connect Discovery 1.0), the same bytes at both paths of a document.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::http::caching::{cacheable_json, no_store};
use crate::http::oauth::error::refused;
use crate::http::state::AppState;
use crate::issuance::Refusal;

/// URLs are built from `public_url`, never from the request's Host.
pub async fn metadata(request: HttpRequest, realm: Path<String>, state: Data<AppState>) -> HttpResponse {
    published(&request, state.issuer.metadata(&realm))
}

/// With the members that OpenID clients require.
pub async fn openid_metadata(
    request: HttpRequest,
    realm: Path<String>,
    state: Data<AppState>,
) -> HttpResponse {
    published(&request, state.issuer.openid_metadata(&realm))
}

fn published(request: &HttpRequest, document: Result<Option<impl Serialize>, Refusal>) -> HttpResponse {
    match document {
        Ok(Some(document)) => cacheable_json(request, &document, "application/json"),
        Ok(None) => no_such_realm(),
        Err(refusal) => refused(&refusal),
    }
}

pub fn no_such_realm() -> HttpResponse {
    no_store(StatusCode::NOT_FOUND)
        .json(serde_json::json!({"error": "not_found", "error_description": "there is no such realm"}))
}
