//! Why a revocation did not happen, or is not known to have happened.

use crate::ledger::{Denied, LedgerError};
use claviger_domain::LimitReached;

use crate::revocation::barrier::BarrierFailed;

#[derive(Debug, thiserror::Error)]
pub enum RevocationError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("there is no such credential in this realm")]
    NotFound,
    #[error(
        "the name does not match that of the credential: type it exactly, it is what keeps the wrong one from being revoked"
    )]
    WrongName,
    #[error(transparent)]
    Limit(#[from] LimitReached),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Barrier(#[from] BarrierFailed),
}
