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
        "the name does not match the credential: enter its exact name, so that no other one is revoked by mistake"
    )]
    WrongName,
    #[error(transparent)]
    Limit(#[from] LimitReached),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Barrier(#[from] BarrierFailed),
}
