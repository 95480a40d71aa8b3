//! Application credentials: clients owned by a member, with scopes chosen by that member.

use std::sync::Arc;

use claviger_api::{
    ApplicationCredentialEdit, ApplicationCredentialView, CreatedApplicationCredential, FieldError,
    NewApplicationCredential, ShownOnce,
};
use claviger_contract::{Scope, ScopeSet, Timestamp};

use crate::administration::application_credentials::view::{target, view};
use crate::administration::bounds::{ListBounds, room_for_application};
use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::setting::{
    authorized, authorized_to_make, check_scopes, ensure_current, ensure_current_or_done, ensure_held,
    ensure_may_change_of,
};
use crate::ledger::{Act, Asked, Denied, Plan, Right, Scene, Unsettled};
use crate::snapshot::RealmView;
use crate::store::{Decision, StoreError};
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialId, ApplicationCredentialState, AuditAction, Change, Member,
    Secret, SecretDigest, SecretKind, Subject,
};

pub(super) const NOUN: &str = "application credential";

pub fn create_application_credential(
    administration: &Administration,
    act: &Act,
    new: NewApplicationCredential,
) -> Result<CreatedApplicationCredential, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::ManageOwn)?;
        let Some(owner) = act.caller.find_member(realm, scene.now)? else {
            return Err(Denied::MissingRole("member: an application credential belongs to a member").into());
        };
        let mut errors = Vec::new();
        if new.expires_at.is_some_and(|end| end <= scene.now) {
            errors.push(FieldError::new("expires_at", "must be in the future, or null for never"));
        }
        check(realm, &new.scopes, errors)?;
        ListBounds::of(&scene.limits).token_scopes(0, &new.scopes).check()?;
        ensure_held(realm, &act.caller, &new.scopes, scene.now)?;
        let taken = |known: &ApplicationCredential| {
            known.name == new.name && known.is_live(scene.now) && known.overlap_ends_at.is_none()
        };
        let own = realm.holdings.live_applications(owner.id, scene.now);
        let mut own = own.filter_map(|id| realm.applications.get(&id));
        if own.any(|known| taken(&known.record)) {
            return Err(AdministrationError::Conflict(format!(
                "you already have an active application credential \"{}\"",
                new.name
            )));
        }
        room_for_application(scene, realm, owner.id)?;
        let (key_digest, client_key) = new_key(administration, scene);
        let credential = ApplicationCredential {
            id: scene.new_id(),
            member: owner.id,
            name: new.name,
            description: new.description,
            key_digest,
            scopes: minimal(new.scopes),
            created_at: scene.now,
            updated_at: scene.now,
            expires_at: new.expires_at,
            state: ApplicationCredentialState::Active,
            replaces: None,
            overlap_ends_at: None,
        };
        let view = view(realm, &credential, scene.now);
        let created = created(realm, view.clone(), &client_key);
        let mut plan = Plan::new(scene, act, actor);
        plan.addition(Change::put(credential));
        plan.event(AuditAction::ApplicationCredentialCreate, target(&view), None::<&()>, Some(&view));
        plan.made(&view.id);
        Ok::<_, AdministrationError>(plan.decide(created))
    })?;
    Ok(committed.outcome)
}

pub(super) fn new_key(administration: &Administration, scene: &Scene<'_>) -> (SecretDigest, Secret) {
    let client_key = Secret::generate(SecretKind::ClientKey, scene.randomness());
    (administration.keyring.digester().digest(client_key.expose()), client_key)
}

pub(super) fn created(
    realm: &RealmView,
    credential: ApplicationCredentialView,
    client_key: &Secret,
) -> CreatedApplicationCredential {
    let token_endpoint = format!("{}/oauth2/token", realm.issuer);
    CreatedApplicationCredential { credential, client_key: ShownOnce::from(client_key), token_endpoint }
}

/// Edits only description and scopes. Removed scopes end at once; added ones come with the next token.
pub fn edit_application_credential(
    administration: &Administration,
    act: &Act,
    id: ApplicationCredentialId,
    edit: ApplicationCredentialEdit,
) -> Result<Unsettled<ApplicationCredentialView>, AdministrationError> {
    let subject = Subject::Application(id);
    let last_used_at = administration.ledger.store().last_use_optional(id.widen());
    administration.ledger.restrict(act, &subject, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::ManageOwn)?;
        let known = &find_own_to_change(scene, realm, act, id)?;
        if !known.is_live(scene.now) {
            return Err(AdministrationError::NotActive);
        }
        if let Some(scopes) = &edit.scopes {
            check(realm, scopes, Vec::new())?;
            ListBounds::of(&scene.limits).token_scopes(known.scopes.len(), scopes).check()?;
            ensure_held(realm, &act.caller, scopes, scene.now)?;
            let owner = realm.members.get(&known.member).ok_or(AdministrationError::NotFound(NOUN))?;
            if let Some(scope) = scopes.iter().find(|scope| !realm.holds(owner, scope)) {
                let detail = format!("the owner does not hold {scope}");
                return Err(AdministrationError::invalid("scopes", detail));
            }
        }
        let credential = ApplicationCredential {
            description: edit.description.unwrap_or_else(|| known.description.clone()),
            scopes: edit.scopes.map_or_else(|| known.scopes.clone(), minimal),
            updated_at: scene.now,
            ..(**known).clone()
        };
        let before = view(realm, known, scene.now);
        let after = view(realm, &credential, scene.now);
        let shown = ApplicationCredentialView { last_used_at, ..before.clone() };
        let after = ApplicationCredentialView { last_used_at, ..after };
        if (ApplicationCredential { updated_at: known.updated_at, ..credential.clone() }) == **known {
            ensure_current_or_done(realm, act, &subject, &shown)?;
            return Ok(Decision::Nothing(shown));
        }
        ensure_current(act, &shown)?;
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(credential));
        plan.event(AuditAction::ApplicationCredentialEdit, target(&after), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(after))
    })
}

/// Revokes the caller's own credential, or as an administrator any member's. A repeated revocation only waits at the
/// barrier again.
pub fn revoke_application_credential(
    administration: &Administration,
    act: &Act,
    id: ApplicationCredentialId,
) -> Result<Unsettled<ApplicationCredentialView>, AdministrationError> {
    administration.ledger.restrict(act, &Subject::Application(id), Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::ManageOwn)?;
        let known = &find_own_to_change(scene, realm, act, id)?;
        let before = view(realm, known, scene.now);
        if known.state != ApplicationCredentialState::Active {
            return Ok(Decision::Nothing(before));
        }
        let state = ApplicationCredentialState::Revoked { at: scene.now };
        let credential = ApplicationCredential { state, updated_at: scene.now, ..(**known).clone() };
        let after = view(realm, &credential, scene.now);
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(credential));
        plan.event(AuditAction::ApplicationCredentialRevoke, target(&after), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(after))
    })
}

/// Finds the caller's own credential; with read access to the realm, any member's.
pub fn find_application_credential(
    administration: &Administration,
    act: &Act,
    id: ApplicationCredentialId,
) -> Result<ApplicationCredentialView, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let store = administration.ledger.store();
    let find = || store.find_application_credential(&act.realm, id);
    let known = find_own(&reading.realm, act, id, reading.now, Member::audits, find)?;
    let last_used_at = store.last_uses(&[id])?.remove(&id);
    Ok(ApplicationCredentialView { last_used_at, ..view(&reading.realm, &known, reading.now) })
}

/// Lists the caller's own credentials; with read access to the realm, those of all members.
pub fn list_application_credentials(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<ApplicationCredentialView>, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let caller = act.caller.find_member(&reading.realm, reading.now)?;
    let own = caller.filter(|member| !member.audits()).map(|member| member.id);
    let known = administration.ledger.store().list_application_credentials(&act.realm, own)?;
    let mut views: Vec<_> = known.iter().map(|known| view(&reading.realm, known, reading.now)).collect();
    let ids: Vec<_> = views.iter().map(|view| view.id).collect();
    let mut last_uses = administration.ledger.store().last_uses(&ids)?;
    for view in &mut views {
        view.last_used_at = last_uses.remove(&view.id);
    }
    Ok(views)
}

/// Reports "not found" to callers without access. `find` reads the table, which alone has credentials that ended long ago.
fn find_own(
    realm: &RealmView,
    act: &Act,
    id: ApplicationCredentialId,
    now: Timestamp,
    sees_all: fn(&Member) -> bool,
    find: impl FnOnce() -> Result<Option<ApplicationCredential>, StoreError>,
) -> Result<Arc<ApplicationCredential>, AdministrationError> {
    let caller = act.caller.find_member(realm, now)?;
    let known = match realm.applications.get(&id) {
        Some(known) => Some(known.record.clone()),
        None => find()?.map(Arc::new),
    };
    let may = |credential: &ApplicationCredential| {
        caller.as_ref().is_none_or(|member| member.id == credential.member || sees_all(member))
    };
    known.filter(|known| may(known)).ok_or(AdministrationError::NotFound(NOUN))
}

/// The caller's own credential, or as an administrator any member's, within the limits of [`ensure_may_change_of`].
pub(super) fn find_own_to_change(
    scene: &Scene<'_>,
    realm: &RealmView,
    act: &Act,
    id: ApplicationCredentialId,
) -> Result<Arc<ApplicationCredential>, AdministrationError> {
    let now = scene.now;
    let find = || scene.tables.find_application_credential(&act.realm, id);
    let known = find_own(realm, act, id, now, Member::administers, find)?;
    let caller = act.caller.find_member(realm, now)?;
    ensure_may_change_of(caller.as_deref(), realm.members.get(&known.member).map(|owner| &**owner))?;
    Ok(known)
}

fn check(
    realm: &RealmView,
    scopes: &[Scope],
    mut errors: Vec<FieldError>,
) -> Result<(), AdministrationError> {
    if scopes.is_empty() {
        errors.push(FieldError::new("scopes", "must have at least one scope"));
    }
    check_scopes(realm, scopes, &mut errors);
    AdministrationError::unless_empty(errors)
}

/// Omits implied scopes.
fn minimal(scopes: Vec<Scope>) -> Vec<Scope> {
    scopes.into_iter().collect::<ScopeSet>().iter().cloned().collect()
}
