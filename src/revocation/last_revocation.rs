//! The last revocation of a realm, whichever node answered it.

use crate::ledger::{Act, Ledger, LedgerError, Right};
use crate::revocation::error::RevocationError;
use crate::revocation::last_waits::LastWaits;
use claviger_domain::LastWait;

/// As far as it is written by its node. For callers with read access to the realm.
pub fn last_revocation(
    ledger: &Ledger,
    waits: &LastWaits,
    act: &Act,
) -> Result<Option<LastWait>, RevocationError> {
    let snapshot = ledger.latest();
    let realm = snapshot.find_realm(act.realm.as_str()).ok_or(RevocationError::NotFound)?;
    act.caller.authorize(realm, Right::Read, ledger.now())?;
    let written = ledger.store().find_last_wait(&act.realm).map_err(LedgerError::from)?;
    Ok(waits.find_own(&act.realm).into_iter().chain(written).max_by_key(|wait| wait.position))
}
