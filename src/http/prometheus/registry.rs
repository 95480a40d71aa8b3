//! Registers and renders metrics.

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusRecorder};

/// Response times, in seconds: from a cached introspection to a revocation that waits for a failed node.
const BUCKETS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0];

const METADATA: Metadata<'static> = Metadata::new("claviger", Level::INFO, None);

/// Registers, describes and renders measurements, whatever they are of.
pub struct Registry(PrometheusRecorder);

/// Fails if a list of buckets is empty.
fn with_buckets(special: &[(&str, &[f64])]) -> Result<PrometheusBuilder, BuildError> {
    special.iter().try_fold(PrometheusBuilder::new().set_buckets(&BUCKETS)?, |builder, (name, buckets)| {
        builder.set_buckets_for_metric(Matcher::Full((*name).to_owned()), buckets)
    })
}

impl Registry {
    /// `special` are the metrics with buckets of their own.
    pub(super) fn new(special: &[(&str, &[f64])]) -> Self {
        Self(with_buckets(special).unwrap_or_default().build_recorder())
    }

    pub(super) fn counter(&self, name: &'static str, labels: Vec<Label>) -> Counter {
        self.0.register_counter(&Key::from_parts(name, labels), &METADATA)
    }

    pub(super) fn gauge(&self, name: &'static str, labels: Vec<Label>) -> Gauge {
        self.0.register_gauge(&Key::from_parts(name, labels), &METADATA)
    }

    pub(super) fn histogram(&self, name: &'static str, labels: Vec<Label>) -> Histogram {
        self.0.register_histogram(&Key::from_parts(name, labels), &METADATA)
    }

    pub(super) fn describe_counter(&self, name: &'static str, help: &'static str) {
        self.0.describe_counter(name.into(), None, SharedString::const_str(help));
    }

    pub(super) fn describe_gauge(&self, name: &'static str, help: &'static str) {
        self.0.describe_gauge(name.into(), None, SharedString::const_str(help));
    }

    pub(super) fn describe_histogram(&self, name: &'static str, help: &'static str) {
        self.0.describe_histogram(name.into(), Some(Unit::Seconds), SharedString::const_str(help));
    }

    pub(super) fn render(&self) -> String {
        self.0.handle().render()
    }

    /// Drains the measurements of the workers into the histograms; must be called every few seconds.
    pub(super) fn tidy(&self) {
        self.0.handle().run_upkeep();
    }
}
