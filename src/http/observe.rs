//! What is told of every request: an id in the answer, a line in the log, a count and a time in the metrics.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};

use tracing::Instrument;

use super::client_address::{client_address, is_trusted_peer};
use super::{AppState, span};

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// To find one request again in answers, logs and the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// What nobody wrote a route for.
const NO_ROUTE: &str = "(none)";

/// The longest id that is taken from a proxy.
const LONGEST_ID: usize = 64;

pub async fn observe<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let Some(state) = request.app_data::<Data<AppState>>().cloned() else { return next.call(request).await };
    let begun = state.issuer.since_boot();
    let id = request_id(request.request(), &state);
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = if state.is_traced { span::of(request.request(), &id) } else { tracing::Span::none() };
    let mut answer = next.call(request).instrument(span.clone()).await?;
    span.record("http.response.status_code", answer.status().as_u16());
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
    let took = state.issuer.since_boot().saturating_sub(begun);
    let route = answer.request().match_pattern();
    let route = route.as_deref().unwrap_or(NO_ROUTE);
    let method = answer.request().method().as_str();
    if let Some(metrics) = &state.metrics {
        metrics.requests().note(route, method, answer.status().as_u16(), took);
    }
    log(answer.request(), &state, &id, route, answer.status(), took);
    Ok(answer)
}

/// The id of the request that a handler works for.
pub fn id_of(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<RequestId>().map(|id| id.0.clone())
}

/// A trusted proxy's own, if it looks like one, so that both logs tell the same.
fn request_id(request: &HttpRequest, state: &AppState) -> String {
    let brought = request.headers().get(&REQUEST_ID).filter(|_| is_trusted_peer(request, state));
    let plain = |text: &&str| {
        (1..=LONGEST_ID).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let brought = brought.and_then(|value| value.to_str().ok()).filter(plain);
    brought.map_or_else(|| state.request_ids.next(), str::to_owned)
}

/// Routes, never addresses: those may hold what somebody mistook for a parameter. What is asked a thousand times a second and
/// works is told at the level debug alone.
fn log(request: &HttpRequest, state: &AppState, id: &str, route: &str, status: StatusCode, took: Duration) {
    let frequent = status.is_success()
        && (route.ends_with("/token")
            || route.ends_with("/introspect")
            || route.contains("/forward-auth")
            || route.starts_with("/health"));
    let method = request.method().as_str();
    let realm = request.match_info().get("realm").unwrap_or_default();
    let status = status.as_u16();
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if frequent {
        if tracing::enabled!(tracing::Level::DEBUG) {
            let address = client_address(request, state);
            tracing::debug!(request_id = id, method, route, realm, status, took_us, %address, "answered");
        }
    } else {
        let address = client_address(request, state);
        tracing::info!(request_id = id, method, route, realm, status, took_us, %address, "answered");
    }
}
