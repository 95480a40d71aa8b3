//! What is remembered of a receipt.

use claviger_contract::{Position, Timestamp};

use crate::cluster::receipt::Outcome;

/// When everybody had confirmed what was taken away, and how long that took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastWait {
    /// Of the act in the log.
    pub position: Position,
    pub at: Timestamp,
    pub took_ms: u64,
    pub outcome: Outcome,
}
