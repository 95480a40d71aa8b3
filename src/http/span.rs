//! The span of one request, part of the caller's trace if it has one (W3C Trace Context).

use actix_web::HttpRequest;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

struct Headers<'a>(&'a HttpRequest);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.headers().get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// Records routes, never URLs, as in the log.
pub fn of(request: &HttpRequest, id: &str) -> Span {
    let route = request.resource_map().match_pattern(request.path());
    let route = route.as_deref().unwrap_or("(none)");
    let method = request.method().as_str();
    let span = tracing::info_span!(
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        request_id = id,
    );
    // An invalid trace header is ignored.
    let _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(request)));
    span
}
