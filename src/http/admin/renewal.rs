//! The renewal of a client of any kind: what its handlers have in common.

use crate::administration::AdministrationError;
use crate::http::admin::problem::Problem;
use crate::http::state::AppState;
use crate::ledger::Act;
use crate::revocation::{end_overlap, settle_overlap};
use claviger_domain::{Overlap, Receipt, Replaced};

/// The successor. Without overlap also the receipt: every node refuses the old key before the new one is returned.
pub fn renewed<T>(
    state: &AppState,
    act: &Act,
    replaced: Replaced,
    overlap: Overlap,
    successor: Result<T, AdministrationError>,
) -> Result<(T, Option<Receipt>), Problem> {
    let ledger = &state.administration.ledger;
    let created = successor.or_else(|refused| {
        // A retry after a lost response: success is reported only once it holds on every node.
        let done_before =
            matches!(refused, AdministrationError::AlreadyMade(_) | AdministrationError::Conflict(_));
        if done_before {
            settle_overlap(ledger, &state.barrier, act, replaced)?;
        }
        Err(Problem::from(refused))
    })?;
    let receipt = match overlap.is_none() {
        true => Some(end_overlap(ledger, &state.barrier, act, replaced)?),
        false => None,
    };
    Ok((created, receipt))
}
