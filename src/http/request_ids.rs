//! Ids of requests: no two alike, and none costs more than counting.

use std::sync::atomic::{AtomicU64, Ordering};

pub struct RequestIds {
    /// Tells one start of a server from another.
    start: u64,
    count: AtomicU64,
}

impl RequestIds {
    pub fn new(start: [u8; 8]) -> Self {
        Self { start: u64::from_be_bytes(start), count: AtomicU64::new(0) }
    }

    pub fn next(&self) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        format!("{:016x}-{count:x}", self.start)
    }
}
