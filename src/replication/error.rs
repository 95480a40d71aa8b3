//! Errors of following the log.

use crate::snapshot::ApplyError;
use crate::store::StoreError;
use claviger_domain::{Following, Standstill};

#[derive(Debug, thiserror::Error)]
pub enum ReplicationError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the database cannot be written: {0}")]
    Unwritable(#[source] StoreError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error("this server was evicted, because it did not renew its lease in time")]
    SignedOut,
    #[error("the database is being restored: start again when that is done")]
    Closed,
    #[error(
        "the change log no longer contains the last row that this server has read: the tables are loaded again"
    )]
    Gap,
    #[error("a damaged row of the change log was skipped by the operator: the tables are loaded again")]
    Skipped,
    #[error(
        "wall clock and boot clock have diverged since the lease was renewed: it is released, and a new one is \
         requested"
    )]
    ClocksApart,
    #[error(
        "the database's master key {id} is not in this node's keys folder: copy master.key there from a node that has it; \
         it is read without a restart"
    )]
    MasterKeyMissing { id: String },
    #[error(
        "the lease is not renewed: the renewal was committed without the required standbys, because the wait was \
         canceled. Start the standby, or remove it from synchronous_standby_names"
    )]
    Unreplicated,
    #[error(transparent)]
    StandsStill(#[from] Standstill),
}

impl ReplicationError {
    /// As readiness and metrics report it.
    pub fn following(&self) -> Following {
        match self {
            Self::Store(StoreError::Replaced { .. }) => Following::Replaced,
            Self::Unwritable(_) => Following::Unwritable,
            Self::Store(error) if !error.is_an_answer() => Following::Unreachable,
            Self::Closed => Following::Closed,
            Self::Unreplicated => Following::Unreplicated,
            _ => Following::Unreadable,
        }
    }
}
