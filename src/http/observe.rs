//! Middleware of every request: a request id in the response, a log line, a count and a duration in the metrics.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest};

use tracing::Instrument;

use crate::http::client_address::{client_address, is_trusted_peer};
use crate::http::limits::{has_too_large_headers, is_console};
use crate::http::state::AppState;
use crate::http::{admin, console, oauth, span};

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Identifies one request in responses, logs and the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

/// Label of requests that match no route.
const NO_ROUTE: &str = "(none)";

/// Maximum length of an id accepted from a proxy.
const MAX_BROUGHT_ID: usize = 64;

/// The only middleware layer: each further one would cost every request an allocation.
pub async fn observe<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    let Some(state) = request.app_data::<Data<AppState>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    state.path_prefix.remove_from(&mut request);
    let begun = state.issuer.since_boot();
    let id = state.request_ids.next();
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = if state.is_traced { span::of(request.request(), &id) } else { tracing::Span::none() };
    let mut answer = match has_too_large_headers(request.request()) {
        true => {
            let is_administrative = request.path().starts_with("/api/");
            let refused = match is_administrative {
                true => admin::headers_refused(request.request()),
                false if is_console(request.path()) => console::address_refused(&state),
                false => oauth::headers_refused(),
            };
            request.into_response(refused)
        }
        false => next.call(request).instrument(span.clone()).await?.map_into_boxed_body(),
    };
    if answer.request().head().connection_type() == ConnectionType::Upgrade {
        // No other protocol is supported, and the library would repeat the request's `Connection: upgrade`.
        answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    span.record("http.response.status_code", answer.status().as_u16());
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(REQUEST_ID, value);
    }
    answer.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let took = state.issuer.since_boot().saturating_sub(begun);
    let route = answer.request().match_pattern().unwrap_or_else(|| NO_ROUTE.to_owned());
    log(answer.request(), &state, &id, &route, answer.status(), took);
    if let Some(metrics) = &state.metrics {
        metrics.requests().note(route, answer.request().method().as_str(), answer.status().as_u16(), took);
    }
    Ok(answer)
}

/// The id of the request that a handler serves.
pub fn id_of(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<RequestId>().map(|id| id.0.clone())
}

/// The id that a trusted proxy sends, if well-formed. It is logged beside the server's own id, to match both logs. It
/// never replaces that id, which no client can choose.
fn brought_id<'a>(request: &'a HttpRequest, state: &AppState) -> Option<&'a str> {
    let mut values = request.headers().get_all(&REQUEST_ID).filter(|_| is_trusted_peer(request, state));
    let value = values.next().filter(|_| values.next().is_none())?;
    let is_plain = |text: &&str| {
        (1..=MAX_BROUGHT_ID).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    value.to_str().ok().filter(is_plain)
}

/// Logs routes, never URLs, which may contain secrets sent as parameters by mistake. Frequent successful requests are
/// logged at level debug only.
fn log(request: &HttpRequest, state: &AppState, id: &str, route: &str, status: StatusCode, took: Duration) {
    let frequent = status.is_success()
        && (route.ends_with("/token")
            || route.ends_with("/introspect")
            || route.ends_with("/revocations")
            || route.contains("/forward-auth")
            || route.starts_with("/health"));
    let method = request.method().as_str();
    let realm = request.match_info().get("realm").unwrap_or_default();
    let status = status.as_u16();
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if frequent && !tracing::enabled!(tracing::Level::DEBUG) {
        return;
    }
    let address = client_address(request, state);
    let client_request_id = brought_id(request, state);
    if frequent {
        tracing::debug!(request_id = id, client_request_id, method, route, realm, status, took_us, %address, "answered");
    } else {
        tracing::info!(request_id = id, client_request_id, method, route, realm, status, took_us, %address, "answered");
    }
}
