//! All routes of the server.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig, get, head};

use crate::http::{admin, health, oauth, openapi};

pub fn configure(config: &mut ServiceConfig) {
    // The most frequent routes first: they are tried in this order.
    oauth::configure(config);
    for path in ["/health/live", "/health/alive"] {
        config.service(web::resource(path).route(get().to(health::live)).route(head().to(health::live)));
    }
    config.service(
        web::resource("/health/ready").route(get().to(health::ready)).route(head().to(health::ready)),
    );
    admin::configure(config);
    openapi::configure(config);
    config.default_service(web::to(not_found));
}

async fn not_found() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("application/problem+json")
        .body(r#"{"type":"/problems/not-found","title":"Not found","status":404,"detail":"there is no such route"}"#)
}
