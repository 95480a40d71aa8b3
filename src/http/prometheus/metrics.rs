//! All metrics of a server.

use std::time::Duration;

use crate::http::prometheus::barrier::{self, Waits};
use crate::http::prometheus::expirations::Expirations;
use crate::http::prometheus::gauges;
use crate::http::prometheus::registry::Registry;
use crate::http::prometheus::requests::Requests;
use crate::http::state::AppState;
use crate::revocation::Witness;
use claviger_domain::Receipt;

pub struct Metrics {
    registry: Registry,
    waits: Waits,
    expirations: Expirations,
}

impl Default for Metrics {
    fn default() -> Self {
        let registry = Registry::new(&[(barrier::TIME, &barrier::BUCKETS)]);
        Requests::describe(&registry);
        gauges::describe(&registry);
        Expirations::describe(&registry);
        Self { waits: Waits::of(&registry), expirations: Expirations::default(), registry }
    }
}

impl Metrics {
    /// Handles of a route are looked up once per worker, so that counting takes no lock.
    pub fn requests(&self) -> Requests<'_> {
        Requests::of(&self.registry)
    }

    /// Everything, in the Prometheus text format, with the gauges as they are now.
    pub(super) fn render(&self, state: &AppState) -> String {
        gauges::measure(&self.registry, state);
        self.expirations.measure(&self.registry, state);
        self.registry.render()
    }

    pub(super) fn tidy(&self) {
        self.registry.tidy();
    }
}

impl Witness for Metrics {
    fn waited(&self, receipt: Option<&Receipt>, took: Duration) {
        self.waits.note(&self.registry, receipt, took);
    }
}
