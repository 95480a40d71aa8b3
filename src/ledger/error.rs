//! Why an act could not be carried out, whatever it was.

use crate::domain::Standstill;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The outcome may be unknown: it is never answered as done.
    #[error("the change could not be written: {0}")]
    Store(#[source] StoreError),
    /// Nothing was written; what had to be read took too long.
    #[error(transparent)]
    Unread(StoreError),
    #[error("this node has not read the log up to its head in time: try again")]
    Behind,
    #[error(transparent)]
    StandsStill(#[from] Standstill),
}

impl From<StoreError> for LedgerError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::TooSlow | StoreError::Busy => Self::Unread(error),
            _ => Self::Store(error),
        }
    }
}
