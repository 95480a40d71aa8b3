//! All routes of the server.

use actix_web::HttpResponse;
use actix_web::http::header::LOCATION;
use actix_web::web::{self, ServiceConfig};

use crate::http::read_only::read_only;
use crate::http::{admin, console, health, oauth, openapi};

pub fn configure(config: &mut ServiceConfig) {
    // The most frequent routes first: they are tried in this order.
    oauth::configure(config);
    config.service(read_only(&["/health/live"], health::live));
    config.service(read_only(&["/health/alive"], health::live));
    config.service(read_only(&["/health/ready"], health::ready));
    admin::configure(config);
    openapi::configure(config);
    console::configure(config);
    config.service(read_only(&["/"], home));
    config.default_service(web::to(not_found));
}

/// Leads people to the console. Relative, because a proxy may add a path prefix.
async fn home() -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, "console/"))
        .content_type("text/plain; charset=utf-8")
        .body("The console is at console/, and the API is described at api/docs.\n")
}

async fn not_found() -> HttpResponse {
    HttpResponse::NotFound()
        .content_type("application/problem+json")
        .body(r#"{"type":"/problems/not-found","title":"Not found","status":404,"detail":"there is no such route"}"#)
}
