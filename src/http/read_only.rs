//! Pages and reports beside the described operations.

use actix_web::web::{self, get, head};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder};

use crate::http::admin::method_refused;

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
        .default_service(web::to(refuse))
}

async fn refuse(request: HttpRequest) -> HttpResponse {
    method_refused(&request, "GET, HEAD")
}
