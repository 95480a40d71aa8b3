//! Metrics in the Prometheus text format, on a separate listener. They cover realms and routes, never single clients.

mod barrier;
mod gauges;
mod page;
mod recorder;
mod requests;

pub use page::{MAX_SCRAPES, listen_for_metrics};
pub use recorder::Metrics;
