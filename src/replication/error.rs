//! Why the log cannot be followed.

use crate::domain::{Following, Standstill};
use crate::snapshot::ApplyError;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum ReplicationError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error("this server was signed out, because it did not renew its lease in time")]
    SignedOut,
    #[error("the database is being restored: start again when that is done")]
    Closed,
    #[error("the change log is not kept back to where this server has read it: the tables are read again")]
    Gap,
    #[error(
        "wall clock and boot clock have moved apart since the lease was renewed: it is given back, and a new one taken"
    )]
    ClocksApart,
    #[error(transparent)]
    StandsStill(#[from] Standstill),
}

impl ReplicationError {
    /// As readiness and metrics tell it.
    pub fn following(&self) -> Following {
        match self {
            Self::Store(error) if !error.is_an_answer() => Following::Unreachable,
            Self::Closed => Following::Closed,
            _ => Following::Unreadable,
        }
    }
}
