//! Where everything is mounted.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource};

use super::{admin, health, oauth};

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(
            readable("/health/live").route(web::get().to(health::live)).route(web::head().to(health::live)),
        )
        .service(
            readable("/health/alive").route(web::get().to(health::live)).route(web::head().to(health::live)),
        )
        .service(
            readable("/health/ready")
                .route(web::get().to(health::ready))
                .route(web::head().to(health::ready)),
        );
    oauth::configure(config);
    admin::configure(config);
    config.default_service(web::to(not_found));
}

fn readable(path: &str) -> Resource {
    web::resource(path)
}

async fn not_found() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("application/problem+json")
        .body(r#"{"type":"/problems/not-found","title":"Not found","status":404,"detail":"there is no such route: see docs/guides/api.md"}"#)
}
