//! `/api/openapi.json`, and the page that lets people read and try it; everything that the page loads is in the binary.

use std::sync::{Arc, LazyLock};

use actix_web::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY};
use actix_web::web::{self, Path, ServiceConfig, get};
use actix_web::{HttpRequest, HttpResponse};
use utoipa_swagger_ui::{Config, SwaggerFile, serve};

use super::document;
use crate::http::caching::cacheable_json;

static PAGE: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from("/api/openapi.json")));

/// The page's own styles are inline; nothing else is, and nothing comes from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/api/openapi.json").route(get().to(openapi)))
        .service(web::resource("/api/docs").route(get().to(index)))
        .service(web::resource("/api/docs/{file:.*}").route(get().to(file)));
}

async fn openapi(request: HttpRequest) -> HttpResponse {
    cacheable_json(&request, document(), "application/json")
}

/// Without a slash at the end of its own address the page finds its files one level down.
async fn index() -> HttpResponse {
    match find("") {
        Some(page) => {
            let text = String::from_utf8_lossy(&page.bytes)
                .replace("\"./", "\"docs/")
                .replace("href=\"index.css", "href=\"docs/index.css");
            answer("text/html; charset=utf-8", false).body(text)
        }
        None => HttpResponse::NotFound().finish(),
    }
}

async fn file(name: Path<String>) -> HttpResponse {
    match find(&name) {
        Some(file) => answer(&file.content_type, file.gzpipped).body(file.bytes.into_owned()),
        None => HttpResponse::NotFound().finish(),
    }
}

fn find(name: &str) -> Option<SwaggerFile<'static>> {
    serve(name, PAGE.clone()).ok().flatten()
}

fn answer(content_type: &str, is_compressed: bool) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "public, max-age=3600"));
    answer.insert_header((CONTENT_SECURITY_POLICY, POLICY));
    answer.content_type(content_type);
    if is_compressed {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
    }
    answer
}
