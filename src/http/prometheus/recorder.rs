//! The recorder of all metrics.

use std::sync::OnceLock;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, SharedString, Unit};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusRecorder};

use crate::http::prometheus::barrier::{self, Waits};
use crate::http::prometheus::requests::Requests;

/// Response times, in seconds: from a cached introspection to a revocation that waits for a failed node.
const BUCKETS: [f64; 12] = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0, 30.0];

const METADATA: Metadata<'static> = Metadata::new("claviger", Level::INFO, None);

pub struct Metrics {
    recorder: PrometheusRecorder,
    waits: OnceLock<Waits>,
}

/// Fails if the bucket list is empty.
fn with_buckets() -> Result<PrometheusBuilder, BuildError> {
    let builder = PrometheusBuilder::new().set_buckets(&BUCKETS)?;
    builder.set_buckets_for_metric(Matcher::Full(barrier::TIME.to_owned()), &barrier::BUCKETS)
}

impl Default for Metrics {
    fn default() -> Self {
        let builder = with_buckets().unwrap_or_default();
        let metrics = Self { recorder: builder.build_recorder(), waits: OnceLock::new() };
        Requests::describe(&metrics);
        super::gauges::describe(&metrics);
        metrics.waits();
        metrics
    }
}

impl Metrics {
    /// Handles of a route are looked up once per worker, so that counting takes no lock.
    pub fn requests(&self) -> Requests<'_> {
        Requests::of(self)
    }

    pub(super) fn waits(&self) -> &Waits {
        self.waits.get_or_init(|| Waits::of(self))
    }

    pub(super) fn counter(&self, name: &'static str, labels: Vec<Label>) -> Counter {
        self.recorder.register_counter(&Key::from_parts(name, labels), &METADATA)
    }

    pub(super) fn gauge(&self, name: &'static str, labels: Vec<Label>) -> Gauge {
        self.recorder.register_gauge(&Key::from_parts(name, labels), &METADATA)
    }

    pub(super) fn histogram(&self, name: &'static str, labels: Vec<Label>) -> Histogram {
        self.recorder.register_histogram(&Key::from_parts(name, labels), &METADATA)
    }

    pub(super) fn describe_counter(&self, name: &'static str, help: &'static str) {
        self.recorder.describe_counter(name.into(), None, SharedString::const_str(help));
    }

    pub(super) fn describe_gauge(&self, name: &'static str, help: &'static str) {
        self.recorder.describe_gauge(name.into(), None, SharedString::const_str(help));
    }

    pub(super) fn describe_histogram(&self, name: &'static str, help: &'static str) {
        self.recorder.describe_histogram(name.into(), Some(Unit::Seconds), SharedString::const_str(help));
    }

    pub(super) fn render(&self) -> String {
        self.recorder.handle().render()
    }

    /// Drains the measurements of the workers into the histograms; must be called every few seconds.
    pub(super) fn tidy(&self) {
        self.recorder.handle().run_upkeep();
    }
}
