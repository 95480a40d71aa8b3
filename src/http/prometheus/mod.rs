//! Metrics in Prometheus' text form, on a listener of their own: numbers about realms and routes, never about one client.

mod barrier;
mod gauges;
mod page;
mod recorder;
mod requests;

pub use page::listen_for_metrics;
pub use recorder::Metrics;
