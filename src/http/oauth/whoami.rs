//! `GET /realms/{realm}/whoami`: the demonstration resource, guarded as a resource server should be (RFC 6750).

use actix_web::http::StatusCode;
use actix_web::http::header::WWW_AUTHENTICATE;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use claviger_contract::Scope;
use serde_json::json;

use crate::http::caching::no_store;
use crate::http::client_address::client_address;
use crate::http::forward_auth::Demand;
use crate::http::oauth::error::{answer, refused};
use crate::http::presented_token::{challenge, presented_token};
use crate::http::state::AppState;
use crate::issuance::{Bearer, Origin, Refusal};
use claviger_domain::Door;

pub async fn whoami(request: HttpRequest, realm: Path<String>, state: Data<AppState>) -> HttpResponse {
    let token = match presented_token(&request) {
        Ok(Some(token)) => token,
        Ok(None) => {
            let words = "a token is required: send it as Authorization: Bearer TOKEN";
            // Without a credential the challenge has no error (RFC 6750 §3.1).
            return challenged(StatusCode::UNAUTHORIZED, &challenge(&realm, ""), "invalid_token", words);
        }
        Err(unclear) => return invalid_request(&realm, &unclear.to_string()),
    };
    let origin = Origin { door: Door::Whoami, address: client_address(&request, &state) };
    let bearer = match state.issuer.recognize(&realm, &token, origin) {
        Ok(bearer) => bearer,
        Err(Refusal::InvalidClient) => {
            let header = challenge(&realm, "error=\"invalid_token\"");
            let words = "the token is invalid, expired or revoked, or of another realm";
            return challenged(StatusCode::UNAUTHORIZED, &header, "invalid_token", words);
        }
        Err(refusal) => return refused(&refusal),
    };
    match needed(&request) {
        Err(wrong) => invalid_request(&realm, &wrong),
        Ok(scopes) if scopes.iter().all(|scope| bearer.scopes.covers(scope)) => described(&bearer),
        Ok(scopes) => {
            let scopes = scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ");
            let header = challenge(&realm, &format!("error=\"insufficient_scope\", scope=\"{scopes}\""));
            let words = format!("the token does not have every required scope: {scopes}");
            challenged(StatusCode::FORBIDDEN, &header, "insufficient_scope", &words)
        }
    }
}

/// `?scope=a b`: all are required. Fails if a scope is invalid or the query has another parameter.
fn needed(request: &HttpRequest) -> Result<Vec<Scope>, String> {
    let Some(query) = request.uri().query() else { return Ok(Vec::new()) };
    let demand = Demand::read(query)?;
    let is_scopes = demand.rules.is_none() && demand.audience.is_none();
    is_scopes.then_some(demand.scopes).ok_or_else(|| "scope= is the only parameter".to_owned())
}

fn described(bearer: &Bearer) -> HttpResponse {
    no_store(StatusCode::OK).json(json!({
        "realm": bearer.realm.record.label,
        "kind": bearer.kind.as_str(),
        "sub": bearer.subject,
        "client_id": bearer.client_id,
        "scope": bearer.scopes.to_string(),
        "aud": bearer.audience,
        "exp": bearer.expires_at.epoch_seconds(),
    }))
}

fn invalid_request(realm: &str, words: &str) -> HttpResponse {
    let header = challenge(realm, "error=\"invalid_request\"");
    challenged(StatusCode::BAD_REQUEST, &header, "invalid_request", words)
}

/// The challenge of RFC 6750 §3, and the error in the body as at the other endpoints.
fn challenged(status: StatusCode, header: &str, error: &str, words: &str) -> HttpResponse {
    answer(no_store(status).insert_header((WWW_AUTHENTICATE, header)), error, words)
}
