//! `GET /realms/{realm}/whoami`: the demonstration resource, guarded as a resource server should be (RFC 6750).

use actix_web::http::StatusCode;
use actix_web::http::header::WWW_AUTHENTICATE;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use claviger_contract::Scope;
use serde_json::json;

use crate::http::client_address::client_address;
use crate::http::oauth::demand::Demand;
use crate::http::oauth::error::{no_store, refused};
use crate::http::presented_token::{challenge, presented_token};
use crate::http::state::AppState;
use crate::issuance::{Bearer, Origin, Refusal};
use claviger_domain::Door;

pub async fn whoami(request: HttpRequest, realm: Path<String>, state: Data<AppState>) -> HttpResponse {
    let token = match presented_token(&request) {
        Ok(Some(token)) => token,
        Ok(None) => return challenged(StatusCode::UNAUTHORIZED, &realm, ""),
        Err(_) => return challenged(StatusCode::BAD_REQUEST, &realm, "error=\"invalid_request\""),
    };
    let origin = Origin { door: Door::Whoami, address: client_address(&request, &state) };
    let bearer = match state.issuer.recognize(&realm, &token, origin) {
        Ok(bearer) => bearer,
        Err(Refusal::InvalidClient) => {
            return challenged(StatusCode::UNAUTHORIZED, &realm, "error=\"invalid_token\"");
        }
        Err(refusal) => return refused(&refusal),
    };
    match needed(&request) {
        None => challenged(StatusCode::BAD_REQUEST, &realm, "error=\"invalid_request\""),
        Some(scopes) if scopes.iter().all(|scope| bearer.scopes.covers(scope)) => described(&bearer),
        Some(scopes) => {
            let scopes = scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ");
            let parameters = format!("error=\"insufficient_scope\", scope=\"{scopes}\"");
            challenged(StatusCode::FORBIDDEN, &realm, &parameters)
        }
    }
}

/// `?scope=a b`: all are required. `None` if a scope is invalid or the query has another parameter.
fn needed(request: &HttpRequest) -> Option<Vec<Scope>> {
    let Some(query) = request.uri().query() else { return Some(Vec::new()) };
    let demand = Demand::read(query).ok()?;
    (demand.rules.is_none() && demand.audience.is_none()).then_some(demand.scopes)
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

fn challenged(status: StatusCode, realm: &str, parameters: &str) -> HttpResponse {
    no_store(status).insert_header((WWW_AUTHENTICATE, challenge(realm, parameters))).finish()
}
