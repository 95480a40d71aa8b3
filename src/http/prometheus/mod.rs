//! Metrics in the Prometheus text format, on a separate listener. They cover realms and routes, never single clients.

mod barrier;
mod expirations;
mod gauges;
mod metrics;
mod page;
mod registry;
mod requests;

pub use metrics::Metrics;
pub use page::{MAX_SCRAPES, listen_for_metrics};
