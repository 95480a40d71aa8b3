//! Exports traces: batches of spans as OTLP over http, in a separate thread.

use std::time::Duration;

use async_trait::async_trait;
use claviger_cli::server::authorities::Authorities;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use ureq::Agent;

use crate::config::Settings;
use crate::serve::error::ServeError;

/// The time limit for sending the remaining spans when a server stops.
const FLUSH: Duration = Duration::from_secs(3);

/// A collector that does not answer loses spans, but never delays requests.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Exports spans while it exists.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// `None` without a configured collector.
    pub fn start(settings: &Settings) -> Result<Option<Self>, ServeError> {
        let Some(endpoint) = &settings.otlp_endpoint else { return Ok(None) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Sender::new())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_timeout(TIMEOUT)
            .build()
            .map_err(|error| ServeError::Refused(format!("otlp_endpoint {endpoint}: {error}")))?;
        let resource = Resource::builder()
            .with_service_name("claviger")
            .with_attribute(opentelemetry::KeyValue::new("service.instance.id", settings.node_name.clone()))
            .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider =
            SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        Ok(Some(Self(provider)))
    }

    pub fn tracer(&self) -> SdkTracer {
        self.0.tracer("claviger")
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(FLUSH) {
            tracing::warn!(%error, "the last traces could not be exported");
        }
    }
}

/// This program's http client, for a library that would otherwise add its own.
#[derive(Debug)]
struct Sender(Agent);

impl Sender {
    fn new() -> Self {
        let mut config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(0);
        // Without them, the built-in list of public authorities.
        if let Ok(authorities) = Authorities::of_the_system() {
            config = config.tls_config(authorities.tls_config());
        }
        Self(config.build().into())
    }
}

#[async_trait]
impl HttpClient for Sender {
    /// Blocks the exporter's own thread.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (parts, body) = request.into_parts();
        let answer = self.0.run(Request::from_parts(parts, body.to_vec()))?;
        let (parts, mut body) = answer.into_parts();
        Ok(Response::from_parts(parts, Bytes::from(body.read_to_vec()?)))
    }
}
