//! What a writer decides on, and what it decides.

use claviger_contract::Position;

use crate::store::log::entry::{Entry, Unreadable};
use crate::store::log::head::Head;
use crate::store::tables::idempotency_keys::Made;
use claviger_domain::{AuditEvent, Notice};

pub enum Decision<T> {
    Append {
        entries: Vec<Entry>,
        audit: Vec<AuditEvent>,
        made: Option<Made>,
        /// Ends that the events tell of.
        notices: Vec<Notice>,
        outcome: T,
    },
    /// Nothing to write: no row and no audit event.
    Nothing(T),
    /// A value that could not be read back. The change is dropped; other changes of its transaction continue.
    Unreadable(Unreadable),
}

pub struct Appended<T> {
    pub outcome: T,
    /// The position of the last row written, or of the head if none was written.
    pub position: Position,
}

/// Whether a change may share its transaction with earlier and later changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    Alone,
    /// For decisions that read no table.
    WithOthers,
}

/// The state that a change is decided on.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// The end of the log, including earlier changes of the same transaction.
    pub head: Head,
    /// The last position that is committed and visible.
    pub committed: Position,
    /// Unique within this process.
    pub transaction: u64,
}
