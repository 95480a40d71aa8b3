//! Why an act could not be carried out, whatever it was.

use crate::domain::Standstill;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The outcome may be unknown: it is never answered as done.
    #[error("the change could not be written: {0}")]
    Store(#[from] StoreError),
    #[error("this node has not read the log up to its head in time: try again")]
    Behind,
    #[error(transparent)]
    StandsStill(#[from] Standstill),
}
