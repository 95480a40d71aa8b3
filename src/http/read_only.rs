//! Pages and reports beside the described operations.

use actix_web::http::header::ALLOW;
use actix_web::web::{self, get, head};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder};

/// Answers `GET` and `HEAD`; any other method gets a problem.
pub fn read_only<H, Args>(paths: &[&'static str], handler: H) -> Resource
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    web::resource(paths.to_vec())
        .route(get().to(handler.clone()))
        .route(head().to(handler))
        .default_service(web::to(method_refused))
}

async fn method_refused() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((ALLOW, "GET, HEAD"))
        .content_type("application/problem+json")
        .body(r#"{"type":"/problems/method-not-allowed","title":"Method not allowed","status":405,"detail":"use GET or HEAD"}"#)
}
