//! Whether a sidecar runs, whether it decides, and its figures.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::web::Data;
use actix_web::{HttpResponse, HttpResponseBuilder};
use claviger_verifier::Status;
use serde::Serialize;
use serde_json::json;

use crate::http::caching::no_store;
use crate::http::sidecar::state::Sidecar;

#[derive(Serialize)]
struct Body<'a> {
    status: &'static str,
    /// The log position that is applied.
    position: u64,
    lease_ms_left: u64,
    /// Size of the revocation set.
    entries: usize,
    keys: usize,
    /// Why the issuer's last answer brought nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

pub(super) async fn live() -> HttpResponse {
    no_store(StatusCode::OK).json(json!({"status": "live"}))
}

/// Ready means that signed tokens are decided on without the issuer.
pub(super) async fn ready(sidecar: Data<Sidecar>) -> HttpResponse {
    let status = sidecar.verifier.status();
    let said = match (status.has_lease(), status.keys) {
        (true, 1..) => "ready",
        (true, 0) => "no keys",
        (false, _) => "no lease",
    };
    let reason = status.feed_failure.as_deref().or(status.key_failure.as_deref());
    answer(&status, said).json(Body {
        status: said,
        position: status.position,
        lease_ms_left: millis(status.lease_remaining),
        entries: status.entries,
        keys: status.keys,
        reason,
    })
}

pub(super) async fn metrics(sidecar: Data<Sidecar>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(sidecar.verifier.metrics() + &sidecar.answers.metrics())
}

fn answer(status: &Status, said: &str) -> HttpResponseBuilder {
    if said == "ready" {
        return no_store(StatusCode::OK);
    }
    tracing::debug!(?status, "not ready");
    let mut answer = no_store(StatusCode::SERVICE_UNAVAILABLE);
    answer.insert_header((RETRY_AFTER, "1"));
    answer
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
