//! Whether the process runs, and whether it may answer.

use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::AppState;

pub async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({"status": "live"}))
}

/// Ready means a valid lease on the data, nothing else. Where waiting does not bring one back, it says why.
pub async fn ready(state: web::Data<AppState>) -> HttpResponse {
    if state.issuer.is_ready() {
        return HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(json!({"status": "ready"}));
    }
    let body = match state.issuer.standstill() {
        None => json!({"status": "no lease"}),
        Some(reason) => json!({"status": reason.as_str(), "detail": reason.to_string()}),
    };
    HttpResponse::ServiceUnavailable()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((RETRY_AFTER, "1"))
        .json(body)
}
