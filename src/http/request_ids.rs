//! Unique request ids at the cost of a counter.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

pub struct RequestIds {
    /// Distinguishes starts of the server.
    start: u64,
    count: AtomicU64,
}

impl RequestIds {
    pub fn new(start: [u8; 8]) -> Self {
        Self { start: u64::from_be_bytes(start), count: AtomicU64::new(0) }
    }

    pub fn next(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u64_pair(self.start, count).to_string()
    }
}
