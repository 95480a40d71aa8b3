//! `/api/openapi.json`, and the page for reading and trying the API. Everything that it loads is in the binary.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::caching::cacheable_json;
use crate::http::openapi::document::document;
use crate::http::openapi::reference::render;
use crate::http::read_only::read_only;

const STYLE: &str = include_str!("reference.css");
const SCRIPT: &str = include_str!("reference.js");

/// No inline content, and nothing from other origins.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(read_only(&["/api/openapi.json"], openapi))
        .service(read_only(&["/api/docs", "/api/docs/"], page))
        .service(read_only(&["/api/docs/reference.css"], style))
        .service(read_only(&["/api/docs/reference.js"], script));
}

async fn openapi(request: HttpRequest) -> HttpResponse {
    cacheable_json(&request, document(), "application/json")
}

/// Links are relative, so that the page works behind a proxy that adds a path prefix.
async fn page(request: HttpRequest) -> HttpResponse {
    static BELOW: LazyLock<String> = LazyLock::new(|| render("./"));
    static BESIDE: LazyLock<String> = LazyLock::new(|| render("docs/"));
    let page: &'static str = if request.path().ends_with('/') { &BELOW } else { &BESIDE };
    answer("text/html; charset=utf-8", page)
}

async fn style() -> HttpResponse {
    answer("text/css; charset=utf-8", STYLE)
}

async fn script() -> HttpResponse {
    answer("text/javascript; charset=utf-8", SCRIPT)
}

fn answer(content_type: &str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .content_type(content_type)
        .body(body)
}
