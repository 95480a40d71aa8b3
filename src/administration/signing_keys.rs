//! Signing keys: published before they sign, kept until their last token expires, or withdrawn with immediate effect.

use claviger_api::SigningKeyView;

use crate::administration::error::AdministrationError;
use crate::administration::key_bodies::{NewSigningKey, SigningKeyRotation};
use crate::administration::listing::{Facts, Listable, Shape};
use crate::administration::setting::Administration;
use crate::administration::setting::{authorized, authorized_to_make, ensure_current, gone};
use crate::administration::signing_key_making::plan_signing_key;
use crate::ledger::{Act, Asked, Caller, Ledger, LedgerError, Plan, Right, Scene, Unsettled};
use crate::snapshot::RealmView;
use crate::store::Decision;
use claviger_domain::{
    Algorithm, AuditAction, AuditTarget, Bound, Change, Key, KeyRole, SigningKey, Subject, TargetKind,
    TrustedNow,
};

impl Listable for SigningKeyView {
    const LIST: Shape = Shape {
        sorts: &["created_at"],
        default_sort: "created_at",
        statuses: &["active", "next", "retired"],
        others: &[],
    };

    fn facts(&self, _: &str) -> Facts {
        Facts {
            id: self.kid.to_string(),
            key: self.created_at.to_string(),
            status: self.status.as_str(),
            searched: vec![self.kid.to_string()],
        }
    }
}

pub fn list_signing_keys(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<SigningKeyView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    Ok(reading.realm.keys.iter().map(|key| view(&key.record)).collect())
}

/// Replaces the next key, which has not signed anything yet.
pub fn create_signing_key(
    administration: &Administration,
    act: &Act,
    new: NewSigningKey,
) -> Result<Unsettled<SigningKeyView>, AdministrationError> {
    // The replaced key may have been imported, and its owner can have signed with it.
    administration.ledger.restrict(act, &Subject::Settings, Asked::Change, |scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        let mut plan = Plan::new(scene, act, actor);
        let made = plan_signing_key(administration, scene, act, &mut plan, new, KeyRole::Next)?;
        let view = view(&made);
        plan.event(AuditAction::SigningKeyCreate, target(&made), None::<&()>, Some(&view));
        plan.made(&made.kid);
        delete_next(realm, &mut plan);
        Ok::<_, AdministrationError>(plan.decide(view))
    })
}

/// Makes the next key active. `rotation` describes the new next key.
pub fn rotate_signing_keys(
    administration: &Administration,
    act: &Act,
    rotation: SigningKeyRotation,
) -> Result<SigningKeyView, AdministrationError> {
    let new = rotation.next_key()?;
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let active = &realm.keys.active().ok_or(AdministrationError::NotFound("active key"))?.record;
        let next = &realm.keys.next().ok_or(AdministrationError::NotFound("next key"))?.record;
        ensure_current(act, &view(active))?;
        if scene.now < next.usable_at() {
            return Err(AdministrationError::Conflict(format!(
                "the next key has not been published long enough: it may sign from {} on; withdraw a \
                 stolen key instead",
                next.usable_at()
            )));
        }
        scene.limits.check(Bound::SigningKeysPerRealm, realm.keys.iter().count(), 1)?;
        let new = new.unwrap_or(NewSigningKey::generated(realm.record.settings.default_alg));
        let mut plan = Plan::new(scene, act, actor);
        let promoted = promote(&mut plan, next);
        let retired = SigningKey { role: KeyRole::Retired, retired_at: Some(scene.now), ..active.clone() };
        plan.addition(Change::put(retired));
        plan_signing_key(administration, scene, act, &mut plan, new, KeyRole::Next)?;
        plan.event(
            AuditAction::SigningKeyRotate,
            target(&promoted),
            Some(&view(active)),
            Some(&view(&promoted)),
        );
        Ok::<_, AdministrationError>(plan.decide(view(&promoted)))
    })?;
    Ok(committed.outcome)
}

/// Everything it signed becomes invalid. The next key replaces a withdrawn active one, however new it is.
pub fn withdraw_signing_key(
    administration: &Administration,
    act: &Act,
    kid: &str,
) -> Result<Unsettled<()>, AdministrationError> {
    let subject = Subject::from(Key::SigningKey(kid.to_owned()));
    administration.ledger.restrict(act, &subject, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let Some(key) = realm.keys.find(kid) else { return gone(realm, &subject, "signing key", ()) };
        let key = &key.record;
        let before = view(key);
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        // First, so that no log row leaves the realm without an active key.
        if key.role == KeyRole::Active
            && let Some(next) = realm.keys.next()
        {
            promote(&mut plan, &next.record);
        }
        plan.addition(Change::Deleted(Key::SigningKey(kid.to_owned())));
        plan.event(AuditAction::SigningKeyWithdraw, target(key), Some(&before), None::<&()>);
        if key.role != KeyRole::Retired {
            // There is always a next key. Algorithms that cannot be generated here are imported later.
            let wanted = realm.record.settings.default_alg;
            let algorithm = if wanted.is_made_here() { wanted } else { Algorithm::Es256 };
            let new = NewSigningKey::generated(algorithm);
            plan_signing_key(administration, scene, act, &mut plan, new, KeyRole::Next)?;
        }
        Ok::<_, AdministrationError>(plan.decide(()))
    })
}

/// Removes retired keys from the key set after their last token expired. Costs nothing if there are none.
///
/// A realm in which this fails delays no other. The first such error is returned.
pub fn forget_ended_keys(ledger: &Ledger, now: TrustedNow) -> Result<(), LedgerError> {
    let mut forgotten = Ok(());
    for realm in ledger.latest().realms() {
        if !realm.keys.iter().any(|key| has_ended(realm, &key.record, now)) {
            continue;
        }
        let act = Act::local(realm.record.label.clone(), Caller::Server);
        match forget_keys_of(ledger, &act, realm, now) {
            Err(error) if !error.concerns_one_act() => return Err(error),
            one => forgotten = forgotten.and(one),
        }
    }
    forgotten
}

fn has_ended(realm: &RealmView, key: &SigningKey, now: TrustedNow) -> bool {
    let end = match realm.applications.is_empty() {
        true => key.ends_at(),
        false => key.refreshes_end_at(),
    };
    end.is_some_and(|end| end <= now.at())
}

fn forget_keys_of(ledger: &Ledger, act: &Act, known: &RealmView, now: TrustedNow) -> Result<(), LedgerError> {
    let forgotten = ledger.restrict(act, &Subject::Settings, Asked::Change, |scene| {
        let mut plan = Plan::new(scene, act, Caller::server());
        let keys = scene.find_realm(&act.realm).map(|realm| realm.keys.clone()).unwrap_or_default();
        for key in keys.iter().filter(|key| has_ended(known, &key.record, now)) {
            plan.addition(Change::Deleted(Key::SigningKey(key.record.kid.clone())));
            let before = view(&key.record);
            plan.event(AuditAction::SigningKeyEnd, target(&key.record), Some(&before), None::<&()>);
        }
        Ok::<Decision<()>, LedgerError>(plan.decide(()))
    })?;
    forgotten.unanswered();
    Ok(())
}

/// After a restore that withdrew keys: gives every realm an active and a next key. Costs nothing if both exist.
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
                plan_signing_key(administration, scene, &act, plan, NewSigningKey::generated(algorithm), role)
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
            plan.event(AuditAction::SigningKeyCreate, target(&signs), None::<&()>, Some(&view(&signs)));
            Ok::<_, AdministrationError>(plan.decide(()))
        })?;
    }
    Ok(())
}

/// For the duration of one log row there are two active keys, and never none.
fn promote(plan: &mut Plan<'_>, next: &SigningKey) -> SigningKey {
    let promoted = SigningKey { role: KeyRole::Active, ..next.clone() };
    plan.addition(Change::put(promoted.clone()));
    promoted
}

fn delete_next(realm: &RealmView, plan: &mut Plan<'_>) {
    if let Some(next) = realm.keys.next() {
        plan.addition(Change::Deleted(Key::SigningKey(next.record.kid.clone())));
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
    AuditTarget { kind: TargetKind::SigningKey, id: key.kid.clone(), name: key.algorithm.to_string() }
}

/// For acts on the realm's keys without a member's authorization.
pub fn plan_first_keys(
    administration: &Administration,
    scene: &Scene<'_>,
    act: &Act,
    plan: &mut Plan<'_>,
    algorithm: Algorithm,
) -> Result<(), AdministrationError> {
    for role in [KeyRole::Active, KeyRole::Next] {
        plan_signing_key(administration, scene, act, plan, NewSigningKey::generated(algorithm), role)?;
    }
    Ok(())
}
