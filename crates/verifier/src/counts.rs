//! Counters, which only go up.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn increment(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) accepted: Count,
    pub(crate) invalid: Count,
    pub(crate) insufficient_scope: Count,
    pub(crate) undecided: Count,
    pub(crate) cache_hits: Count,
    pub(crate) introspections: Count,
    pub(crate) key_fetches: Count,
    pub(crate) failed_key_fetches: Count,
    pub(crate) polls: Count,
    pub(crate) failed_polls: Count,
    pub(crate) faults: Count,
}
