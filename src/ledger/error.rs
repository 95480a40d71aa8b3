//! Why an act could not be carried out.

use crate::snapshot::ApplyError;
use crate::store::{StoreError, Unreadable};
use claviger_domain::Standstill;

#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The outcome may be unknown, so it is never reported as done.
    #[error("the change could not be written: {0}")]
    Store(#[source] StoreError),
    /// Nothing was written: a required read timed out.
    #[error(transparent)]
    Unread(StoreError),
    /// Nothing was written: the act contains a value that could not be read back.
    #[error(transparent)]
    Invalid(#[from] Unreadable),
    #[error("this node has not read the log up to its head before the timeout: retry")]
    Behind,
    /// Nothing was written: this is a bug.
    #[error(
        "the change ({kind}) is a restriction and would be answered before every server has applied it: it was not made"
    )]
    Unsettled { kind: &'static str },
    /// Nothing was written: the act was to be decided only.
    #[error("the effect of the act cannot be determined: {0}")]
    Untried(#[source] ApplyError),
    #[error(transparent)]
    StandsStill(#[from] Standstill),
}

impl LedgerError {
    /// Whether only this act failed, so that others may succeed. Otherwise the database or this node is the cause.
    pub fn concerns_one_act(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::Unsettled { .. } | Self::Untried(_) => true,
            Self::Store(error) => error.concerns_one_change(),
            Self::Unread(_) | Self::Behind | Self::StandsStill(_) => false,
        }
    }
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreadable(unreadable) => Self::Invalid(unreadable),
            StoreError::TooSlow | StoreError::Busy => Self::Unread(error),
            _ => Self::Store(error),
        }
    }
}
