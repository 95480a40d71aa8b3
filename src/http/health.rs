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
    reason: Option<&'static str>,
}

pub async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({"status": "live"}))
}

/// Ready means a valid lease on the data, nothing else: a lost database is told in the body while the lease still holds.
pub async fn ready(state: web::Data<AppState>) -> HttpResponse {
    let readiness = state.issuer.readiness();
    let millis = |left: Duration| u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    let is_ready = readiness.is_ready();
    let body = Body {
        status: if is_ready { "ready" } else { "no lease" },
        node: &state.node,
        position: readiness.position,
        lease_ms_left: readiness.lease_left.map(millis),
        database: if readiness.database_answers() { "reachable" } else { "unreachable" },
        reason: readiness.reason(),
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
