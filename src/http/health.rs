//! Whether the process runs, and whether it may answer.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpResponse, web};
use claviger_contract::Position;
use serde::Serialize;
use serde_json::json;

use super::AppState;

/// Enough to tell one node's trouble from another's; nothing of where the database is.
#[derive(Serialize)]
struct Body<'a> {
    status: &'static str,
    node: &'a str,
    position: Position,
    /// Null: it has no end.
    lease_ms_left: Option<u64>,
    database: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({"status": "live"}))
}

/// Ready means a valid lease on the data, and a clock that tokens can be issued by: a lost database is told in the body while
/// the lease still holds. Where waiting brings neither back, it says why.
pub async fn ready(state: web::Data<AppState>) -> HttpResponse {
    let readiness = state.issuer.readiness();
    let (standstill, jumped) = (state.issuer.standstill(), state.issuer.clock_jumped());
    let millis = |left: Duration| u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    let (status, reason) = match (readiness.is_ready(), standstill, jumped) {
        (true, _, None) => ("ready", None),
        (true, _, Some(jumped)) => ("clock jumped", Some(jumped.to_string())),
        (false, Some(standstill), _) => (standstill.as_str(), Some(standstill.in_public())),
        (false, None, _) => ("no lease", readiness.reason().map(str::to_owned)),
    };
    let is_ready = status == "ready";
    let body = Body {
        status,
        node: &state.node,
        position: readiness.position,
        lease_ms_left: readiness.lease_left.map(millis),
        database: if readiness.database_answers() { "reachable" } else { "unreachable" },
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
