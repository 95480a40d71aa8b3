//! Revokes credentials whose successors have taken over, when their overlap is over.

use claviger_contract::Position;
use uuid::Uuid;

use super::credential_end::{Cause, plan_end, tokens_issued_recently};
use super::revoke_credential::wait;
use super::{Barrier, RevocationError};
use crate::domain::Receipt;
use crate::ledger::{Act, Caller, Ledger, Plan};
use crate::store::Decision;

/// For a renewal without overlap: returns when nobody takes the old key or a token of it any more.
pub fn end_overlap(
    ledger: &Ledger,
    barrier: &Barrier,
    act: &Act,
    id: Uuid,
) -> Result<Receipt, RevocationError> {
    let committed = end(ledger, act, id)?;
    wait(ledger, barrier, act, committed)
}

/// Everything that is due by now; costs nothing when nothing is. They are refused since the second in which they were due,
/// so it does not matter which node does this, how often, or how late.
pub fn end_overlaps(ledger: &Ledger) -> Result<(), RevocationError> {
    let now = ledger.clock().now();
    for realm in ledger.latest().realms() {
        for (_, id) in realm.overlaps.iter().take_while(|(end, _)| *end <= now) {
            let act = Act::local(realm.record.label.clone(), Caller::Server);
            end(ledger, &act, *id)?;
        }
    }
    Ok(())
}

/// The position of the revocation, whoever was first.
fn end(ledger: &Ledger, act: &Act, id: Uuid) -> Result<Position, RevocationError> {
    let recently = tokens_issued_recently(ledger, act, id);
    let committed = ledger.act_with_others(|scene| {
        let realm = scene.find_realm(&act.realm).ok_or(RevocationError::NotFound)?;
        let credential = realm.credentials.get(&id).ok_or(RevocationError::NotFound)?;
        if let Some(position) = credential.revoked {
            return Ok(Decision::Nothing(position));
        }
        let mut plan = Plan::new(scene, act, Caller::server());
        plan_end(realm, &mut plan, id, credential, Cause::OverlapEnded, recently);
        Ok::<_, RevocationError>(plan.decide(scene.next))
    })?;
    Ok(committed.outcome)
}
