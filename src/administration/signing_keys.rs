//! Signing keys: published before they sign, kept until their last token is over, or withdrawn and dead at once.

use claviger_contract::Timestamp;
use serde::Serialize;

use super::setting::{authorised, authorised_to_make, ensure_current};
use super::signing_key_making::{KeyOrder, plan_signing_key};
use super::{Administration, AdministrationError, Edited};
use crate::domain::{Algorithm, AuditTarget, Change, KeyRole, SigningKey};
use crate::ledger::{Act, Caller, Ledger, LedgerError, Plan, Right, Scene};
use crate::snapshot::RealmView;
use crate::store::Decision;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SigningKeyView {
    pub kid: String,
    pub alg: Algorithm,
    pub status: KeyRole,
    pub created_at: Timestamp,
    /// From when on it may become the active one.
    pub usable_at: Timestamp,
    pub retired_at: Option<Timestamp>,
    /// Of a retired one: when it goes out of the key set.
    pub ends_at: Option<Timestamp>,
}

pub fn list_signing_keys(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<SigningKeyView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    Ok(reading.realm.keys.iter().map(|key| view(&key.record)).collect())
}

/// The next key, in the place of the one that is there, which nobody has signed with.
pub fn create_signing_key(
    administration: &Administration,
    act: &Act,
    order: KeyOrder,
) -> Result<SigningKeyView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised_to_make(administration, scene, act, Right::Manage)?;
        let mut plan = Plan::new(scene, act, actor);
        let made = plan_signing_key(administration, scene, act, &mut plan, order, KeyRole::Next)?;
        let view = view(&made);
        plan.event("signing_key.create", target(&made), None::<&()>, Some(&view));
        plan.made(&made.kid);
        delete_next(realm, &mut plan);
        Ok::<_, AdministrationError>(plan.decide(view))
    })?;
    Ok(committed.outcome)
}

/// The next key becomes the active one, and `order` says what the new next one is.
pub fn rotate_signing_keys(
    administration: &Administration,
    act: &Act,
    order: Option<KeyOrder>,
) -> Result<SigningKeyView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::Manage)?;
        let active = &realm.keys.active().ok_or(AdministrationError::NotFound("active key"))?.record;
        let next = &realm.keys.next().ok_or(AdministrationError::NotFound("next key"))?.record;
        ensure_current(act, &view(active))?;
        if scene.now < next.usable_at() {
            return Err(AdministrationError::Conflict(format!(
                "the next key is not known to everybody yet: it may sign from {} on; a key that was stolen is \
                 withdrawn instead",
                next.usable_at()
            )));
        }
        let order = order.unwrap_or(KeyOrder::made(realm.record.settings.default_alg));
        let mut plan = Plan::new(scene, act, actor);
        let promoted = promote(&mut plan, next);
        let retired = SigningKey { role: KeyRole::Retired, retired_at: Some(scene.now), ..active.clone() };
        plan.addition(Change::SigningKeyPut { key: retired });
        plan_signing_key(administration, scene, act, &mut plan, order, KeyRole::Next)?;
        plan.event("signing_key.rotate", target(&promoted), Some(&view(active)), Some(&view(&promoted)));
        Ok::<_, AdministrationError>(plan.decide(view(&promoted)))
    })?;
    Ok(committed.outcome)
}

/// Nothing that it signed counts any more. The next key takes the place of an active one, however new it is.
pub fn withdraw_signing_key(
    administration: &Administration,
    act: &Act,
    kid: &str,
) -> Result<Edited<()>, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::Manage)?;
        let key = &realm.keys.find(kid).ok_or(AdministrationError::NotFound("signing key"))?.record;
        let before = view(key);
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        // First, so that no row of the log leaves the realm without a key to sign with.
        if key.role == KeyRole::Active
            && let Some(next) = realm.keys.next()
        {
            promote(&mut plan, &next.record);
        }
        plan.addition(Change::SigningKeyDeleted { kid: kid.to_owned() });
        plan.event("signing_key.withdraw", target(key), Some(&before), None::<&()>);
        if key.role != KeyRole::Retired {
            // There is always a next one; keys that cannot be made here are brought later.
            let wanted = realm.record.settings.default_alg;
            let algorithm = if wanted.is_made_here() { wanted } else { Algorithm::Es256 };
            let order = KeyOrder::made(algorithm);
            plan_signing_key(administration, scene, act, &mut plan, order, KeyRole::Next)?;
        }
        Ok::<_, AdministrationError>(plan.decide(()))
    })?;
    Ok(Edited { object: (), position: committed.position, cut: true })
}

/// Takes retired keys out of the key set whose last token is over; costs nothing when there are none.
pub fn forget_ended_keys(ledger: &Ledger) -> Result<(), LedgerError> {
    let now = ledger.clock().now();
    for realm in ledger.latest().realms() {
        let is_over = |key: &SigningKey| {
            let end = match realm.applications.is_empty() {
                true => key.ends_at(),
                false => key.refreshes_end_at(),
            };
            end.is_some_and(|end| end <= now)
        };
        if !realm.keys.iter().any(|key| is_over(&key.record)) {
            continue;
        }
        let act = Act::local(realm.record.label.clone(), Caller::Server);
        ledger.act(|scene| {
            let mut plan = Plan::new(scene, &act, Caller::server());
            let keys = scene.find_realm(&act.realm).map(|realm| realm.keys.clone()).unwrap_or_default();
            for key in keys.iter().filter(|key| is_over(&key.record)) {
                plan.addition(Change::SigningKeyDeleted { kid: key.record.kid.clone() });
                let before = view(&key.record);
                plan.event("signing_key.end", target(&key.record), Some(&before), None::<&()>);
            }
            Ok::<Decision<()>, LedgerError>(plan.decide(()))
        })?;
    }
    Ok(())
}

/// After a restore that had to withdraw some: every realm has a key to sign with, and the next one. Costs nothing when they are
/// there.
pub fn ensure_signing_keys(administration: &Administration) -> Result<(), AdministrationError> {
    let lacks = |realm: &RealmView| realm.keys.active().is_none() || realm.keys.next().is_none();
    let known = administration.ledger.latest();
    for realm in known.realms().filter(|realm| lacks(realm)) {
        let act = Act::local(realm.record.label.clone(), Caller::Server);
        administration.ledger.act(|scene| {
            let Some(realm) = scene.find_realm(&act.realm).filter(|realm| lacks(realm)) else {
                return Ok(Decision::Nothing(()));
            };
            let mut plan = Plan::new(scene, &act, Caller::server());
            let wanted = realm.record.settings.default_alg;
            let algorithm = if wanted.is_made_here() { wanted } else { Algorithm::Es256 };
            let make = |plan: &mut Plan<'_>, role| {
                plan_signing_key(administration, scene, &act, plan, KeyOrder::made(algorithm), role)
            };
            let (active, next) = (realm.keys.active(), realm.keys.next());
            let signs = match (active, next) {
                (Some(active), _) => active.record.clone(),
                (None, Some(next)) => promote(&mut plan, &next.record),
                (None, None) => make(&mut plan, KeyRole::Active)?,
            };
            if active.is_none() || next.is_none() {
                make(&mut plan, KeyRole::Next)?;
            }
            plan.event("signing_key.create", target(&signs), None::<&()>, Some(&view(&signs)));
            Ok::<_, AdministrationError>(plan.decide(()))
        })?;
    }
    Ok(())
}

/// Two active keys are there for one row of the log, and never none.
fn promote(plan: &mut Plan<'_>, next: &SigningKey) -> SigningKey {
    let promoted = SigningKey { role: KeyRole::Active, ..next.clone() };
    plan.addition(Change::SigningKeyPut { key: promoted.clone() });
    promoted
}

fn delete_next(realm: &RealmView, plan: &mut Plan<'_>) {
    if let Some(next) = realm.keys.next() {
        plan.addition(Change::SigningKeyDeleted { kid: next.record.kid.clone() });
    }
}

fn view(key: &SigningKey) -> SigningKeyView {
    SigningKeyView {
        kid: key.kid.clone(),
        alg: key.algorithm,
        status: key.role,
        created_at: key.created_at,
        usable_at: key.usable_at(),
        retired_at: key.retired_at,
        ends_at: key.ends_at(),
    }
}

fn target(key: &SigningKey) -> AuditTarget {
    AuditTarget { kind: "signing_key", id: key.kid.clone(), name: key.algorithm.to_string() }
}

/// For whoever acts on the realm's keys without a member's leave.
pub fn plan_first_keys(
    administration: &Administration,
    scene: &Scene<'_>,
    act: &Act,
    plan: &mut Plan<'_>,
    algorithm: Algorithm,
) -> Result<(), AdministrationError> {
    for role in [KeyRole::Active, KeyRole::Next] {
        plan_signing_key(administration, scene, act, plan, KeyOrder::made(algorithm), role)?;
    }
    Ok(())
}
