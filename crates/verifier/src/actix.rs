//! A middleware and an extractor for actix-web (feature `actix`).
//!
//! ```no_run
//! use actix_web::{App, HttpServer, web};
//! use claviger_verifier::actix::Guard;
//! use claviger_verifier::{Protection, Requirement, VerifiedToken, Verifier};
//!
//! async fn list(token: VerifiedToken) -> String {
//!     format!("hello {}", token.client_id())
//! }
//!
//! #[actix_web::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let verifier = Verifier::connect("https://tokens.example/realms/acme", "https://api.example", "ID", "KEY")?;
//!     let protection = Protection::new(verifier);
//!     let read = Requirement::scopes("source:read")?;
//!     let app = move || {
//!         let guard = Guard::new(protection.clone(), read.clone());
//!         App::new().service(web::scope("/sources").wrap(guard).route("", web::get().to(list)))
//!     };
//!     Ok(HttpServer::new(app).bind("127.0.0.1:8090")?.run().await?)
//! }
//! ```

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::InternalError;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, Resource, web};
use claviger_contract::{PresentedToken, TOKEN_HEADER};

use crate::requirement::Requirement;
use crate::responses::{Answer, ProtectedResource, Protection, Refusal};
use crate::verified_token::VerifiedToken;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// Lets in requests whose token meets a requirement, and hands the token to extractors. Around the whole app, it also
/// serves the metadata of the resource.
#[derive(Clone, Debug)]
pub struct Guard {
    protection: Protection,
    requirement: Requirement,
}

impl Guard {
    #[must_use]
    pub fn new(protection: Protection, requirement: Requirement) -> Self {
        Self { protection, requirement }
    }
}

/// The metadata of a resource, for an app whose guards are around scopes (RFC 9728 §3).
pub fn metadata(resource: &ProtectedResource) -> Resource {
    let document = resource.clone();
    web::resource(resource.path()).route(web::get().to(move || ready(described(&document))))
}

impl<S, B> Transform<S, ServiceRequest> for Guard
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Guarded<S>;
    type InitError = ();
    type Future = Ready<Result<Guarded<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Guarded { guard: self.clone(), service: Rc::new(service) }))
    }
}

/// A service behind a [`Guard`].
#[derive(Debug)]
pub struct Guarded<S> {
    guard: Guard,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = BoxFuture<Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let Guard { protection, requirement } = self.guard.clone();
        if let Some(resource) = protection.resource()
            && request.path() == resource.path()
            && matches!(*request.method(), Method::GET | Method::HEAD)
        {
            let answer = request.into_response(described(resource)).map_into_right_body();
            return Box::pin(ready(Ok(answer)));
        }
        let admitted = admit(&protection, request.headers(), &requirement);
        let service = self.service.clone();
        Box::pin(async move {
            match admitted.await {
                Ok(token) => {
                    request.extensions_mut().insert(token);
                    service.call(request).await.map(ServiceResponse::map_into_left_body)
                }
                Err(refusal) => {
                    let answer = response(&protection.answer(&refusal));
                    Ok(request.into_response(answer).map_into_right_body())
                }
            }
        })
    }
}

/// The token that a [`Guard`] let in; without one, any token that the [`Protection`] in `app_data` accepts.
impl FromRequest for VerifiedToken {
    type Error = Error;
    type Future = BoxFuture<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        if let Some(token) = request.extensions().get::<Self>() {
            return Box::pin(ready(Ok(token.clone())));
        }
        let found = request.app_data::<web::Data<Protection>>().map(|data| data.get_ref().clone());
        let Some(protection) = found.or_else(|| request.app_data::<Protection>().cloned()) else {
            let text = "neither a Guard around the route nor a Protection in app_data";
            return Box::pin(ready(Err(actix_web::error::ErrorInternalServerError(text))));
        };
        let admitted = admit(&protection, request.headers(), &Requirement::any_token());
        Box::pin(async move {
            admitted.await.map_err(|refusal| {
                let answer = response(&protection.answer(&refusal));
                InternalError::from_response(refusal, answer).into()
            })
        })
    }
}

fn admit(
    protection: &Protection,
    headers: &HeaderMap,
    requirement: &Requirement,
) -> impl Future<Output = Result<VerifiedToken, Refusal>> + use<> {
    let values = |name: &str| headers.get_all(name).map(|value| value.as_bytes());
    let presented = PresentedToken::find(values(TOKEN_HEADER), values(AUTHORIZATION.as_str()));
    protection.admit(presented, requirement)
}

fn described(resource: &ProtectedResource) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(resource.document().to_owned())
}

fn response(answer: &Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store")).content_type("application/json");
    if let Some(challenge) = &answer.challenge {
        response.insert_header((WWW_AUTHENTICATE, challenge.as_str()));
    }
    if let Some(seconds) = answer.retry_after {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    response.body(answer.body.clone())
}
