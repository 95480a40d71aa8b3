//! Ends replaced clients when their overlap ends.

use crate::ledger::{Act, Asked, Caller, Ledger, Plan, Unsettled};
use crate::revocation::barrier::Barrier;
use crate::revocation::credential_end::{Cause, EndedClient};
use crate::revocation::error::RevocationError;
use crate::revocation::revoke_credential::receipt_of;
use crate::snapshot::RealmView;
use crate::store::Decision;
use claviger_contract::Timestamp;
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialState, AuditAction, Change, Key, Receipt, Replaced,
    TargetKind, TrustedNow,
};

/// For a renewal without overlap: returns when no node accepts the old key or its tokens.
pub fn end_overlap(
    ledger: &Ledger,
    barrier: &Barrier,
    act: &Act,
    replaced: Replaced,
) -> Result<Receipt, RevocationError> {
    receipt_of(barrier, end(ledger, act, replaced)?)
}

/// For a repeated renewal: if the replaced client has ended by now, returns when no node accepts it.
pub fn settle_overlap(
    ledger: &Ledger,
    barrier: &Barrier,
    act: &Act,
    replaced: Replaced,
) -> Result<(), RevocationError> {
    let snapshot = ledger.latest();
    // An untrusted clock ends nothing.
    let now = ledger.trusted_now().ok();
    if snapshot.find_realm(act.realm.as_str()).is_some_and(|realm| is_over(realm, replaced, now)) {
        end_overlap(ledger, barrier, act, replaced)?;
    }
    Ok(())
}

/// Whether a known client has ended, or its overlap is over.
fn is_over(realm: &RealmView, replaced: Replaced, now: Option<TrustedNow>) -> bool {
    let has_come = |end: Option<Timestamp>| now.zip(end).is_some_and(|(now, end)| end <= now.at());
    match replaced {
        Replaced::Credential(id) => realm
            .credentials
            .get(&id)
            .is_some_and(|known| known.revoked.is_some() || has_come(known.overlap_ends_at)),
        Replaced::Application(id) => realm.applications.get(&id).is_some_and(|known| {
            known.record.state != ApplicationCredentialState::Active || has_come(known.record.overlap_ends_at)
        }),
        Replaced::ResourceServer(id) => {
            realm.servers.get(id).is_some_and(|known| has_come(known.record.overlap_ends_at))
        }
    }
}

/// Ends everything due by now; costs nothing if nothing is due. Nodes have refused these clients since they were due,
/// so it does not matter which node does this, how often, or how late.
///
/// A client that cannot be ended delays no other. The first such error is returned.
pub fn end_overlaps(ledger: &Ledger, now: TrustedNow) -> Result<(), RevocationError> {
    let now = now.at();
    let mut ended = Ok(());
    for realm in ledger.latest().realms() {
        for replaced in realm.overlaps.due(now) {
            let act = Act::local(realm.record.label.clone(), Caller::Server);
            match end(ledger, &act, replaced).map(Unsettled::unanswered) {
                Err(RevocationError::Ledger(error)) if !error.concerns_one_act() => return Err(error.into()),
                one => ended = ended.and(one),
            }
        }
    }
    ended
}

/// Ends one client. Only the first call has an effect.
fn end(ledger: &Ledger, act: &Act, replaced: Replaced) -> Result<Unsettled<()>, RevocationError> {
    ledger.restrict_with_others(act, &replaced.into(), Asked::End, |scene| {
        let realm = scene.find_realm(&act.realm).ok_or(RevocationError::NotFound)?;
        let Some(ended) = ended_client(realm, replaced, scene.now)? else { return Ok(Decision::Nothing(())) };
        let mut plan = Plan::new(scene, act, Caller::server());
        ended.plan(realm, &mut plan, Cause::OverlapEnded);
        Ok::<_, RevocationError>(plan.decide(()))
    })
}

/// `None` if the client has ended already.
fn ended_client(
    realm: &RealmView,
    replaced: Replaced,
    now: Timestamp,
) -> Result<Option<EndedClient<'_>>, RevocationError> {
    Ok(match replaced {
        Replaced::Credential(id) => {
            let known = realm.credentials.get(&id).ok_or(RevocationError::NotFound)?;
            known.revoked.is_none().then(|| EndedClient::credential(id, known, now, Caller::server()))
        }
        Replaced::Application(id) => {
            let known = &realm.applications.get(&id).ok_or(RevocationError::NotFound)?.record;
            let state = ApplicationCredentialState::Revoked { at: now };
            let change = Change::put(ApplicationCredential { state, updated_at: now, ..(**known).clone() });
            (known.state == ApplicationCredentialState::Active).then(|| EndedClient {
                id: Some(id.widen()),
                change,
                action: AuditAction::ApplicationCredentialRevoke,
                target: (TargetKind::ApplicationCredential, id.to_string(), &known.name),
                term: known.term(),
            })
        }
        // A server that was deleted during the overlap leaves nothing.
        Replaced::ResourceServer(id) => realm.servers.get(id).map(|known| EndedClient {
            id: None,
            change: Change::Deleted(Key::ResourceServer(id)),
            action: AuditAction::ResourceServerDelete,
            target: (TargetKind::ResourceServer, id.to_string(), &known.record.name),
            term: known.record.term(),
        }),
    })
}
