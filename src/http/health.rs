//! Whether the process runs, and whether it may answer.

use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpResponse, web};
use serde_json::json;

use super::AppState;

pub async fn live() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(json!({"status": "live"}))
}

/// Ready means a valid lease on the data, and a clock that tokens can be issued by. Where waiting does not bring them back, it
/// says why.
pub async fn ready(state: web::Data<AppState>) -> HttpResponse {
    let (standstill, jumped) = (state.issuer.standstill(), state.issuer.clock_jumped());
    let body = match (state.issuer.is_ready(), standstill, jumped) {
        (true, _, None) => {
            return HttpResponse::Ok()
                .insert_header((CACHE_CONTROL, "no-store"))
                .json(json!({"status": "ready"}));
        }
        (true, _, Some(jumped)) => json!({"status": "clock jumped", "detail": jumped.to_string()}),
        (false, Some(reason), _) => json!({"status": reason.as_str(), "detail": reason.to_string()}),
        (false, None, _) => json!({"status": "no lease"}),
    };
    HttpResponse::ServiceUnavailable()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((RETRY_AFTER, "1"))
        .json(body)
}
