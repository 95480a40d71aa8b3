//! Revokes replaced credentials when their overlap ends.

use std::sync::Arc;

use crate::ledger::{Act, Asked, Caller, Ledger, Plan, Unsettled};
use crate::revocation::barrier::Barrier;
use crate::revocation::credential_end::{Cause, plan_end, tokens_issued_recently};
use crate::revocation::error::RevocationError;
use crate::revocation::revoke_credential::receipt_of;
use crate::snapshot::Credential;
use crate::store::Decision;
use claviger_domain::{Receipt, ServiceCredentialId, Subject, TrustedNow};

/// For a renewal without overlap: returns when no node accepts the old key or its tokens.
pub fn end_overlap(
    ledger: &Ledger,
    barrier: &Barrier,
    act: &Act,
    id: ServiceCredentialId,
) -> Result<Receipt, RevocationError> {
    receipt_of(barrier, end(ledger, act, id)?)
}

/// For a repeated renewal: if the replaced credential has ended by now, returns when no node accepts it.
pub fn settle_overlap(
    ledger: &Ledger,
    barrier: &Barrier,
    act: &Act,
    id: ServiceCredentialId,
) -> Result<(), RevocationError> {
    let snapshot = ledger.latest();
    let known = snapshot.find_realm(act.realm.as_str()).and_then(|realm| realm.credentials.get(&id));
    // An untrusted clock ends nothing.
    let now = ledger.trusted_now().ok();
    let has_come = |end| now.is_some_and(|now: TrustedNow| end <= now.at());
    let is_over = |credential: &&Arc<Credential>| {
        credential.revoked.is_some() || credential.overlap_ends_at.is_some_and(has_come)
    };
    if known.filter(is_over).is_some() {
        end_overlap(ledger, barrier, act, id)?;
    }
    Ok(())
}

/// Ends everything due by now; costs nothing if nothing is due. Nodes have refused these credentials since they were
/// due, so it does not matter which node does this, how often, or how late.
///
/// A credential that cannot be ended delays no other. The first such error is returned.
pub fn end_overlaps(ledger: &Ledger, now: TrustedNow) -> Result<(), RevocationError> {
    let now = now.at();
    let mut ended = Ok(());
    for realm in ledger.latest().realms() {
        for (_, id) in realm.overlaps.iter().take_while(|(end, _)| *end <= now) {
            let act = Act::local(realm.record.label.clone(), Caller::Server);
            match end(ledger, &act, *id).map(Unsettled::unanswered) {
                Err(RevocationError::Ledger(error)) if !error.concerns_one_act() => return Err(error.into()),
                one => ended = ended.and(one),
            }
        }
    }
    ended
}

/// Revokes one credential. Only the first call has an effect.
fn end(ledger: &Ledger, act: &Act, id: ServiceCredentialId) -> Result<Unsettled<()>, RevocationError> {
    let recently = tokens_issued_recently(ledger, act, id);
    ledger.restrict_with_others(act, &Subject::Credential(id), Asked::End, |scene| {
        let realm = scene.find_realm(&act.realm).ok_or(RevocationError::NotFound)?;
        let credential = realm.credentials.get(&id).ok_or(RevocationError::NotFound)?;
        if credential.revoked.is_some() {
            return Ok(Decision::Nothing(()));
        }
        let mut plan = Plan::new(scene, act, Caller::server());
        plan_end(realm, &mut plan, id, credential, Cause::OverlapEnded, recently);
        Ok::<_, RevocationError>(plan.decide(()))
    })
}
