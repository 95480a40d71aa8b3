//! Logs go to standard error, as text or JSON; traces go to the configured collector.

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::LogFormat;
use crate::serve::traces::Traces;

/// Only the first call of a process has an effect; tests start many servers in one process.
pub fn start(format: LogFormat, level: &str, traces: Option<&Traces>) {
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    };
    // Only spans of this program, whatever the log level.
    let spans = traces.map(|traces| {
        let layer = tracing_opentelemetry::layer().with_tracer(traces.tracer()).with_location(false);
        layer.with_filter(EnvFilter::new("off,claviger=info"))
    });
    if Registry::default().with(lines).with(spans).try_init().is_err() {
        tracing::debug!("logging is already started");
    }
}
