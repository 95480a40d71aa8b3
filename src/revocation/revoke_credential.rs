//! Revokes a service credential, and with it every token that it ever got.

use claviger_contract::Position;
use uuid::Uuid;

use super::credential_end::{Cause, plan_end, tokens_issued_recently};
use super::{Barrier, RevocationError};
use crate::domain::Receipt;
use crate::ledger::{Act, Ledger, Plan, Right};
use crate::store::Decision;

/// `typed_name` must be the credential's own, exactly. A second revocation answers the first one's position.
pub fn revoke_credential(
    ledger: &Ledger,
    barrier: &Barrier,
    act: &Act,
    id: Uuid,
    typed_name: &str,
) -> Result<Receipt, RevocationError> {
    let recently = tokens_issued_recently(ledger, act, id);
    let committed = ledger.act_with_others(|scene| {
        let realm = scene.find_realm(&act.realm).ok_or(RevocationError::NotFound)?;
        let actor = act.caller.authorise(realm, Right::Manage, scene.now)?;
        let credential = realm.credentials.get(&id).ok_or(RevocationError::NotFound)?;
        if credential.name.as_str() != typed_name {
            return Err(RevocationError::WrongName);
        }
        if let Some(position) = credential.revoked {
            return Ok(Decision::Nothing(position));
        }
        let mut plan = Plan::new(scene, act, actor);
        plan_end(realm, &mut plan, id, credential, Cause::Requested, recently);
        Ok::<_, RevocationError>(plan.decide(scene.next))
    })?;
    wait(ledger, barrier, act, committed.outcome)
}

pub(super) fn wait(
    ledger: &Ledger,
    barrier: &Barrier,
    act: &Act,
    position: Position,
) -> Result<Receipt, RevocationError> {
    let snapshot = ledger.latest();
    let realm = snapshot.find_realm(act.realm.as_str()).ok_or(RevocationError::NotFound)?;
    Ok(barrier.wait(position, realm)?)
}
