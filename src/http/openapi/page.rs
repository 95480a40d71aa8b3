//! `/api/openapi.json`, and the page for reading and trying the API. Everything that it loads is in the binary.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::web::{self, ServiceConfig, get};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::caching::cacheable_json;
use crate::http::openapi::document::document;
use crate::http::openapi::reference::render;

const STYLE: &str = include_str!("reference.css");
const SCRIPT: &str = include_str!("reference.js");

/// No inline content, and nothing from other origins.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/openapi.json").route(get().to(openapi)))
        .service(web::resource(["/api/docs", "/api/docs/"]).route(get().to(page)))
        .service(web::resource("/api/docs/reference.css").route(get().to(style)))
        .service(web::resource("/api/docs/reference.js").route(get().to(script)));
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
