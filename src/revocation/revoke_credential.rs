//! Revokes a service credential, and with it every token issued to it.

use crate::ledger::{Act, Asked, Ledger, Plan, Right, Settles, Unsettled};
use crate::revocation::barrier::{Barrier, BarrierFailed};
use crate::revocation::credential_end::{Cause, find_ended, plan_end};
use crate::revocation::error::RevocationError;
use crate::store::Decision;
use claviger_domain::{Receipt, ServiceCredentialId, Subject, composed};

/// `typed_name` must match the credential's name exactly. A second revocation returns the first one's position.
pub fn revoke_credential(
    ledger: &Ledger,
    act: &Act,
    id: ServiceCredentialId,
    typed_name: &str,
) -> Result<Unsettled<()>, RevocationError> {
    let ended = find_ended(ledger, act, id)?;
    let revoked = ledger.restrict_with_others(act, &Subject::Credential(id), Asked::End, |scene| {
        let realm = scene.find_realm(&act.realm).ok_or(RevocationError::NotFound)?;
        let actor = act.caller.authorize(realm, Right::Manage, scene.now)?;
        let known = realm.credentials.get(&id);
        let name = known.map(|known| &known.name).or(ended.as_ref().map(|ended| &ended.name));
        if composed(name.ok_or(RevocationError::NotFound)?.as_str()) != composed(typed_name) {
            return Err(RevocationError::WrongName);
        }
        let Some(credential) = known.filter(|known| known.revoked.is_none()) else {
            return Ok(Decision::Nothing(()));
        };
        act.caller.ensure_may_manage(credential.admin_scopes)?;
        let mut plan = Plan::new(scene, act, actor);
        plan_end(realm, &mut plan, id, credential, Cause::Requested);
        Ok::<_, RevocationError>(plan.decide(()))
    })?;
    Ok(match ended {
        Some(ended) => revoked.taken_away_at(ended.position),
        None => revoked,
    })
}

/// Asks everyone again whether it refuses a revoked credential. Its receipt was not stored.
pub fn confirm_again<S: Settles<Error = BarrierFailed>>(
    ledger: &Ledger,
    by: &S,
    act: &Act,
    id: ServiceCredentialId,
) -> Result<Receipt, RevocationError> {
    let snapshot = ledger.latest();
    let realm = snapshot.find_realm(act.realm.as_str()).ok_or(RevocationError::NotFound)?;
    act.caller.authorize(realm, Right::Read, ledger.now())?;
    let ended = find_ended(ledger, act, id)?.ok_or(RevocationError::NotFound)?;
    Ok(by.receipt(&act.realm, ended.position, act.waited_for)?)
}

/// The receipt of an ending act, which always has one.
pub(super) fn receipt_of(barrier: &Barrier, ended: Unsettled<()>) -> Result<Receipt, RevocationError> {
    ended.settle(barrier)?.into_parts().1.ok_or(RevocationError::NotFound)
}
