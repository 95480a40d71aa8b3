//! The renewal of a client of any kind: what its handlers have in common.

use crate::administration::AdministrationError;
use crate::http::state::AppState;
use crate::ledger::Act;
use crate::revocation::{RevocationError, end_overlap, settle_overlap};
use claviger_domain::{Overlap, Receipt, Replaced};

/// Why there is no successor, or none that can be answered.
pub enum NotRenewed {
    Refused(AdministrationError),
    /// The old one is not known to have ended everywhere.
    NotEnded(RevocationError),
}

impl From<RevocationError> for NotRenewed {
    fn from(error: RevocationError) -> Self {
        Self::NotEnded(error)
    }
}

/// The successor. Without overlap also the receipt: every node refuses the old key before the new one is returned.
pub fn renewed<T>(
    state: &AppState,
    act: &Act,
    replaced: Replaced,
    overlap: Overlap,
    successor: Result<T, AdministrationError>,
) -> Result<(T, Option<Receipt>), NotRenewed> {
    let ledger = &state.administration.ledger;
    let created = successor.or_else(|refused| {
        // A retry after a lost response: success is reported only once it holds on every node.
        let done_before =
            matches!(refused, AdministrationError::AlreadyMade(_) | AdministrationError::Conflict(_));
        if done_before {
            settle_overlap(ledger, &state.barrier, act, replaced)?;
        }
        Err(NotRenewed::Refused(refused))
    })?;
    let receipt = match overlap.is_none() {
        true => Some(end_overlap(ledger, &state.barrier, act, replaced)?),
        false => None,
    };
    Ok((created, receipt))
}
