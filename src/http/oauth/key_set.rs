//! `GET /realms/{realm}/oauth2/jwks` (RFC 7517).

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::caching::cacheable_json;
use crate::http::oauth::error::refused;
use crate::http::oauth::metadata::no_such_realm;
use crate::http::state::AppState;

pub async fn key_set(request: HttpRequest, realm: Path<String>, state: Data<AppState>) -> HttpResponse {
    match state.issuer.key_set(&realm) {
        Ok(Some(keys)) => cacheable_json(&request, &keys, "application/jwk-set+json"),
        Ok(None) => no_such_realm(),
        Err(refusal) => refused(&refusal),
    }
}
