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
    #[error("this server was signed out, because it did not renew its lease in time")]
    SignedOut,
    #[error("the database is being restored: start again when that is done")]
    Closed,
    #[error("the change log is not kept back to where this server has read it: the tables are read again")]
    Gap,
    #[error("a damaged row of the change log was stepped over by the operator: the tables are read again")]
    Skipped,
    #[error(
        "wall clock and boot clock have moved apart since the lease was renewed: it is given back, and a new one taken"
    )]
    ClocksApart,
    #[error(
        "the database's master key {id} is not in this node's keys folder: copy master.key there from a node that has it; \
         it is read without a restart"
    )]
    MasterKeyMissing { id: String },
    #[error(
        "a renewal was committed without the standbys that commits must wait for: somebody has canceled the wait. It renews \
         nothing; start the standby, or take it out of synchronous_standby_names"
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
