//! How long revocations waited for the nodes, and which nodes did not confirm.

use std::time::Duration;

use metrics::{Histogram, Label};

use crate::http::prometheus::registry::Registry;
use claviger_domain::{Outcome, Receipt};

pub const TIME: &str = "claviger_barrier_duration_seconds";
const WAITED_OUT: &str = "claviger_nodes_waited_out_total";

/// Wait times, in seconds: from one database read to an expired lease and beyond.
pub const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 3.0, 3.2, 6.3];

/// One histogram per outcome of a wait, so that recording takes no lock.
pub struct Waits {
    confirmed: Histogram,
    waited_out: Histogram,
    failed: Histogram,
}

impl Waits {
    pub fn of(registry: &Registry) -> Self {
        registry.describe_histogram(TIME, "Time from the commit of a revocation to its receipt, by outcome");
        registry.describe_counter(WAITED_OUT, "Nodes that did not confirm a revocation, by name");
        let outcome =
            |text: &'static str| registry.histogram(TIME, vec![Label::from_static_parts("outcome", text)]);
        Self { confirmed: outcome("confirmed"), waited_out: outcome("waited_out"), failed: outcome("failed") }
    }

    pub fn note(&self, registry: &Registry, receipt: Option<&Receipt>, took: Duration) {
        let ended = match receipt.map(|receipt| receipt.outcome) {
            Some(Outcome::Confirmed) => &self.confirmed,
            Some(Outcome::WaitedOut) => &self.waited_out,
            None => &self.failed,
        };
        ended.record(took.as_secs_f64());
        for node in receipt.iter().flat_map(|receipt| &receipt.unconfirmed.nodes) {
            registry.counter(WAITED_OUT, vec![Label::new("node", node.clone())]).increment(1);
        }
    }
}
