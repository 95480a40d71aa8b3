//! A layer for services of tower, such as those of axum, hyper and tonic (feature `tower`).
//!
//! The response body of a service must be made from a text: those of axum and `http_body_util::Full` are. For tonic use
//! [`GuardLayer::grpc`], which answers with a gRPC status and an empty body.
//!
//! A handler finds the [`VerifiedToken`] in the extensions of the request.
//!
//! ```no_run
//! use claviger_verifier::tower::GuardLayer;
//! use claviger_verifier::{Protection, Requirement, Verifier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = Verifier::connect("https://tokens.example/realms/acme", "https://api.example", "ID", "KEY")?;
//! let guard = GuardLayer::new(Protection::new(verifier), Requirement::scopes("source:read")?);
//! // axum: Router::new().route("/sources", get(list)).layer(guard)
//! # let _ = guard;
//! # Ok(())
//! # }
//! ```

use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use claviger_contract::{PresentedToken, TOKEN_HEADER};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use tower_layer::Layer;
use tower_service::Service;

use crate::requirement::Requirement;
use crate::responses::{Answer, Protection};

/// Refusals as HTTP answers (RFC 6750 §3).
#[derive(Clone, Copy, Debug)]
pub enum Plain {}

/// Refusals as gRPC answers without messages.
#[derive(Clone, Copy, Debug)]
pub enum Grpc {}

/// How a refusal is written.
pub trait Refusals<B> {
    fn response(answer: Answer) -> Response<B>;
}

/// Lets in requests whose token meets a requirement. Around all routes, it also serves the metadata of the resource.
#[derive(Debug)]
pub struct GuardLayer<K = Plain> {
    protection: Protection,
    requirement: Requirement,
    kind: PhantomData<fn() -> K>,
}

/// A service behind a [`GuardLayer`].
#[derive(Debug)]
pub struct Guarded<S, K = Plain> {
    guard: GuardLayer<K>,
    service: S,
}

impl GuardLayer {
    /// For services whose answers are plain HTTP.
    #[must_use]
    pub fn new(protection: Protection, requirement: Requirement) -> Self {
        Self { protection, requirement, kind: PhantomData }
    }
}

impl GuardLayer<Grpc> {
    /// For services whose answers are gRPC: `UNAUTHENTICATED`, `PERMISSION_DENIED`, `UNAVAILABLE`.
    #[must_use]
    pub fn grpc(protection: Protection, requirement: Requirement) -> Self {
        Self { protection, requirement, kind: PhantomData }
    }
}

impl<K> Clone for GuardLayer<K> {
    fn clone(&self) -> Self {
        Self { protection: self.protection.clone(), requirement: self.requirement.clone(), kind: PhantomData }
    }
}

impl<S: Clone, K> Clone for Guarded<S, K> {
    fn clone(&self) -> Self {
        Self { guard: self.guard.clone(), service: self.service.clone() }
    }
}

impl<S, K> Layer<S> for GuardLayer<K> {
    type Service = Guarded<S, K>;

    fn layer(&self, service: S) -> Self::Service {
        Guarded { guard: self.clone(), service }
    }
}

impl<S, A, B, K> Service<Request<A>> for Guarded<S, K>
where
    S: Service<Request<A>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    A: Send + 'static,
    B: Send + 'static,
    K: Refusals<B> + 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        let GuardLayer { protection, requirement, .. } = self.guard.clone();
        if let Some(resource) = protection.resource()
            && request.uri().path() == resource.path()
            && matches!(*request.method(), Method::GET | Method::HEAD)
        {
            let body = resource.document().to_owned();
            let answer = Answer { status: 200, challenge: None, retry_after: None, body };
            return Box::pin(std::future::ready(Ok(K::response(answer))));
        }
        let values =
            |name: &HeaderName| request.headers().get_all(name).into_iter().map(HeaderValue::as_bytes);
        let token_header = HeaderName::from_static(TOKEN_HEADER);
        let presented = PresentedToken::find(values(&token_header), values(&AUTHORIZATION));
        let admitted = protection.admit(presented, &requirement);
        // The one that is ready, not its clone.
        let clone = self.service.clone();
        let mut service = mem::replace(&mut self.service, clone);
        Box::pin(async move {
            match admitted.await {
                Ok(token) => {
                    request.extensions_mut().insert(token);
                    service.call(request).await
                }
                Err(refusal) => Ok(K::response(protection.answer(&refusal))),
            }
        })
    }
}

impl<B: From<String>> Refusals<B> for Plain {
    fn response(answer: Answer) -> Response<B> {
        let mut response = Response::new(B::from(answer.body.clone()));
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if answer.status != 200 {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        insert_challenge(headers, &answer);
        response
    }
}

impl<B: Default> Refusals<B> for Grpc {
    fn response(answer: Answer) -> Response<B> {
        // The codes of `google.rpc.Code`.
        let (code, message) = match answer.status {
            401 => ("16", "invalid_token"),
            403 => ("7", "insufficient_scope"),
            503 => ("14", "temporarily_unavailable"),
            _ => ("3", "invalid_request"),
        };
        let mut response = Response::new(B::default());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert("grpc-status", HeaderValue::from_static(code));
        headers.insert("grpc-message", HeaderValue::from_static(message));
        insert_challenge(headers, &answer);
        response
    }
}

fn insert_challenge(headers: &mut HeaderMap, answer: &Answer) {
    let challenge = answer.challenge.as_ref().and_then(|text| HeaderValue::from_str(text).ok());
    if let Some(challenge) = challenge {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = answer.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
}
