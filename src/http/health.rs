//! Liveness and readiness.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpResponse, web};
use claviger_contract::Position;
use serde::Serialize;
use serde_json::json;

use crate::http::state::AppState;

/// Distinguishes the failures of nodes; does not reveal the location of the database.
#[derive(Serialize)]
struct Body<'a> {
    status: &'static str,
    node: &'a str,
    position: Position,
    lease_ms_left: u64,
    database: &'static str,
    /// Ids of the master keys that this node decrypts with; it encrypts with the first.
    master_keys: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({"status": "live"}))
}

/// Ready means a valid lease on the data and a clock fit for issuing tokens. While the lease still holds, a lost
/// database is reported in the body only. If waiting cannot restore readiness, the body says why.
pub async fn ready(state: web::Data<AppState>) -> HttpResponse {
    let readiness = state.issuer.readiness();
    let (standstill, alarmed) = (state.issuer.standstill(), state.issuer.clock_alarmed());
    let millis = |left: Duration| u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    let (status, reason) = match (readiness.is_ready(), standstill, alarmed) {
        (true, _, None) => ("ready", None),
        (true, _, Some(alarmed)) => (alarmed.as_str(), Some(alarmed.to_string())),
        (false, Some(standstill), _) => (standstill.as_str(), Some(standstill.in_public())),
        (false, None, _) => ("no lease", readiness.reason().map(str::to_owned)),
    };
    let is_ready = status == "ready";
    let body = Body {
        status,
        node: &state.node,
        position: readiness.position,
        lease_ms_left: millis(readiness.lease_left),
        database: if readiness.database_answers() { "reachable" } else { "unreachable" },
        master_keys: state.administration.keyring.ids(),
        reason,
    };
    let mut answer = match is_ready {
        true => HttpResponse::Ok(),
        false => HttpResponse::ServiceUnavailable(),
    };
    if !is_ready {
        answer.insert_header((RETRY_AFTER, "1"));
    }
    answer.insert_header((CACHE_CONTROL, "no-store")).json(body)
}
