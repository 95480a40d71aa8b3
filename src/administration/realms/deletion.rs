//! The end of a realm: deleted by the operator of the machine, and later removed by this server.

use claviger_contract::RealmLabel;
use serde::Serialize;

use crate::administration::error::AdministrationError;
use crate::ledger::{Act, Asked, Caller, Denied, Ledger, Plan, Unsettled};
use crate::store::Decision;
use claviger_contract::Timestamp;
use claviger_domain::{AuditAction, AuditTarget, Change, Realm, Subject, TargetKind, TrustedNow};

#[derive(Serialize)]
struct Deleted {
    deleted_at: Option<Timestamp>,
}

/// Its clients and members find no realm of that name any more, and none of its tokens counts.
///
/// `typed_name` must be the name of the realm. A repeated deletion answers the position of the first.
pub fn delete_realm(
    ledger: &Ledger,
    act: &Act,
    typed_name: &str,
) -> Result<Unsettled<()>, AdministrationError> {
    ledger.restrict(act, &Subject::Realm, Asked::End, |scene| {
        if act.caller != Caller::Operator {
            return Err(Denied::MissingRole("operator of the machine").into());
        }
        let realm = scene.find_realm_or_deleted(&act.realm).ok_or(AdministrationError::NotFound("realm"))?;
        if typed_name != act.realm.as_str() {
            return Err(AdministrationError::invalid("name", format!("must be {}, exactly", act.realm)));
        }
        if realm.is_deleted() {
            return Ok(Decision::Nothing(()));
        }
        let mut plan = Plan::new(scene, act, Caller::operator());
        plan.change(realm, Change::RealmDeleted { at: scene.now });
        let (before, after) = (Deleted { deleted_at: None }, Deleted { deleted_at: Some(scene.now) });
        plan.event(AuditAction::RealmDelete, target(&act.realm), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(()))
    })
}

/// Removes realms that were deleted at least `days` ago, and long enough ago that no token of them can be alive. Their
/// names are free afterwards.
pub fn remove_deleted_realms(
    ledger: &Ledger,
    now: TrustedNow,
    days: u32,
) -> Result<usize, AdministrationError> {
    let kept = Realm::NAME_KEPT_SECONDS.max(i64::from(days) * 86_400);
    let before = now.minus_seconds(kept);
    let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at < before);
    let snapshot = ledger.latest();
    let mut removed = 0;
    for realm in snapshot.realms_and_deleted().filter(|realm| is_due(realm.record.deleted_at)) {
        let label = &realm.record.label;
        // Batches do not hold up other writers.
        while ledger.store().prune_deleted_realm(label)? > 0 {}
        let act = Act::local(label.clone(), Caller::Server);
        let done = ledger.act(|scene| {
            let known = scene.find_realm_or_deleted(label);
            let Some(deleted_at) = known.and_then(|realm| realm.record.deleted_at) else {
                return Ok(Decision::Nothing(0));
            };
            let mut plan = Plan::new(scene, &act, Caller::server());
            plan.addition(Change::RealmRemoved { deleted_at });
            let before = Deleted { deleted_at: Some(deleted_at) };
            plan.event(AuditAction::RealmRemove, target(label), Some(&before), None::<&()>);
            Ok::<_, AdministrationError>(plan.decide(1))
        })?;
        removed += done.outcome;
    }
    Ok(removed)
}

fn target(realm: &RealmLabel) -> AuditTarget {
    AuditTarget { kind: TargetKind::Realm, id: realm.to_string(), name: realm.to_string() }
}
