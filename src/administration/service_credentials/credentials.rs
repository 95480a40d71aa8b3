//! Service credentials: create, list, show, edit. Renewal and import are in files of their own; `revocation` revokes.

use claviger_api::{CreatedCredential, CredentialEdit, CredentialView, FieldError, NewCredential};
use claviger_contract::{ScopeSet, Timestamp};

use crate::administration::bounds::{ListBounds, room_for_credentials};
use crate::administration::error::AdministrationError;
use crate::administration::service_credentials::new_credential::{
    answer, ensure_switched_on, make, name_is_taken, normalized,
};
use crate::administration::service_credentials::view::{target, view};
use crate::administration::setting::Administration;
use crate::administration::setting::{
    LETS_ADMINISTER, Reading, as_set, authorized, authorized_to_make, check_grants, check_groups,
    ensure_account_holder, ensure_current, ensure_current_or_done, ensure_held,
};
use crate::ledger::{Act, Asked, Plan, Right, Scene, Unsettled};
use crate::snapshot;
use crate::store::Decision;
use claviger_domain::{
    AuditAction, Change, CredentialMatch, CredentialSort, Name, Query, ResourceGrant, ServiceCredential,
    ServiceCredentialId, Subject, effective_scopes,
};

pub fn create_credential(
    administration: &Administration,
    act: &Act,
    new: NewCredential,
) -> Result<CreatedCredential, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        ensure_switched_on(realm)?;
        let new = normalized(new);
        check(realm, act, &new.groups, &new.resources, scene.now)?;
        check_admin_scopes(realm, act, &new, scene.now)?;
        ListBounds::of(&scene.limits).groups(0, &new.groups).grants(0, &new.resources).check()?;
        if let Some(by) = realm.live_names.get(&new.name) {
            return Err(AdministrationError::Conflict(name_is_taken(&new.name, *by)));
        }
        room_for_credentials(scene, realm, 1)?;
        let mut plan = Plan::new(scene, act, actor);
        let (credential, client_key) = make(administration, &plan, new);
        let view = view(&Reading { realm: realm.clone(), now: scene.now }, credential.clone(), None);
        plan.addition(Change::put(credential));
        plan.event(AuditAction::ServiceCredentialCreate, target(&view), None::<&()>, Some(&view));
        plan.made(&view.id);
        Ok::<_, AdministrationError>(plan.decide((view, client_key)))
    })?;
    let (view, client_key) = committed.outcome;
    Ok(answer(administration, view, &client_key))
}

pub fn find_credential(
    administration: &Administration,
    act: &Act,
    id: ServiceCredentialId,
) -> Result<CredentialView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let record = load(administration, act, id)?;
    Ok(view(&reading, record, administration.ledger.store().last_uses(&[id])?.remove(&id)))
}

/// For acts of other modules on the credential.
pub fn ensure_credential_current(
    administration: &Administration,
    act: &Act,
    id: ServiceCredentialId,
) -> Result<(), AdministrationError> {
    if act.if_match.is_none() {
        return Ok(());
    }
    let reading = administration.read(act, Right::Read)?;
    // The tag does not depend on the last use.
    let shown = view(&reading, load(administration, act, id)?, None);
    // A repeated revocation carries the tag from before the first.
    if shown.revoked_at.is_some() { Ok(()) } else { ensure_current(act, &shown) }
}

pub fn list_credentials(
    administration: &Administration,
    act: &Act,
    query: &Query<CredentialSort>,
    matching: &CredentialMatch,
) -> Result<Vec<CredentialView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let store = administration.ledger.store();
    let records = store.list_service_credentials(&act.realm, query, matching, reading.now)?;
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    let mut last_uses = store.last_uses(&ids)?;
    let shown = records.into_iter().map(|record| {
        let last_used_at = last_uses.remove(&record.id);
        view(&reading, record, last_used_at)
    });
    Ok(shown.collect())
}

/// Edits only groups and resources. Removed grants end at once; added ones come with the next token.
pub fn edit_credential(
    administration: &Administration,
    act: &Act,
    id: ServiceCredentialId,
    edit: CredentialEdit,
) -> Result<Unsettled<CredentialView>, AdministrationError> {
    let subject = Subject::Credential(id);
    // Read before the act, and omitted if the database is slow: no writer waits for a statistic.
    let last_used_at = administration.ledger.store().last_use_optional(id.widen());
    administration.ledger.restrict(act, &subject, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let Some(known) = realm.find_credential(id).filter(|known| known.is_live(scene.now)) else {
            // Credentials that ended long ago are only in the table.
            load_at_head(scene, act, id)?;
            return Err(AdministrationError::NotActive);
        };
        act.caller.ensure_may_manage(known.admin_scopes)?;
        let groups = edit.groups.map_or_else(|| known.groups().to_vec(), as_set);
        let resources = edit.resources.map_or_else(|| known.resources().to_vec(), ResourceGrant::normalize);
        let has_grants = !groups.is_empty() || !resources.is_empty();
        if has_grants && !known.admin_scopes.is_empty() {
            return Err(AdministrationError::Invalid(vec![only_admin_scopes()]));
        }
        check(realm, act, &groups, &resources, scene.now)?;
        ListBounds::of(&scene.limits)
            .groups(known.groups().len(), &groups)
            .grants(known.resources().len(), &resources)
            .check()?;
        // Read while there is no other writer, so the audit trail shows each edit against its predecessor.
        let record = load_at_head(scene, act, id)?;
        let edited = ServiceCredential {
            groups: groups.clone(),
            resources: resources.clone(),
            updated_at: scene.now,
            updated_by: actor.clone(),
            ..record.clone()
        };
        let reading = Reading { realm: realm.clone(), now: scene.now };
        let (old, new) = (view(&reading, record, last_used_at), view(&reading, edited, last_used_at));
        if (&new.groups, &new.resources) == (&old.groups, &old.resources) {
            ensure_current_or_done(realm, act, &subject, &old)?;
            return Ok(Decision::Nothing(old));
        }
        ensure_current(act, &old)?;
        let mut plan = Plan::new(scene, act, actor.clone());
        let change = Change::CredentialEdited { id, groups, resources, at: scene.now, by: actor };
        plan.change(realm, change);
        plan.event(AuditAction::ServiceCredentialEdit, target(&new), Some(&old), Some(&new));
        Ok::<_, AdministrationError>(plan.decide(new))
    })
}

pub(super) fn check(
    realm: &snapshot::RealmView,
    act: &Act,
    groups: &[Name],
    resources: &[ResourceGrant],
    now: Timestamp,
) -> Result<(), AdministrationError> {
    let mut errors = Vec::new();
    check_groups(realm, groups, &mut errors);
    check_grants(realm, resources, &mut errors);
    AdministrationError::unless_empty(errors)?;
    let named = groups.iter().filter_map(|name| realm.groups.get(name)).map(|group| &**group);
    let scopes: ScopeSet = effective_scopes(named, resources);
    ensure_held(realm, &act.caller, &scopes, now)
}

/// Who may grant the scopes, and with what.
pub(super) fn check_admin_scopes(
    realm: &snapshot::RealmView,
    act: &Act,
    new: &NewCredential,
    now: Timestamp,
) -> Result<(), AdministrationError> {
    if new.admin_scopes.is_empty() {
        return Ok(());
    }
    act.caller.ensure_may_manage(new.admin_scopes.iter().copied().collect())?;
    ensure_account_holder(realm, act, now, LETS_ADMINISTER)?;
    let mut errors = Vec::new();
    if !realm.record.settings.administrative_credentials {
        let detail = "must be empty: the realm's setting administrative_credentials is off";
        errors.push(FieldError::new("admin_scopes", detail));
    }
    if !(new.groups.is_empty() && new.resources.is_empty()) {
        errors.push(only_admin_scopes());
    }
    AdministrationError::unless_empty(errors)
}

/// It could otherwise widen itself by widening its groups.
fn only_admin_scopes() -> FieldError {
    FieldError::new("admin_scopes", "must be alone: such a credential has no groups and no resources")
}

pub(super) fn load(
    administration: &Administration,
    act: &Act,
    id: ServiceCredentialId,
) -> Result<ServiceCredential, AdministrationError> {
    let found = administration.ledger.store().find_service_credential(&act.realm, id)?;
    found.ok_or(AdministrationError::NotFound("service credential"))
}

/// As [`load`], while an act is decided.
pub(super) fn load_at_head(
    scene: &Scene<'_>,
    act: &Act,
    id: ServiceCredentialId,
) -> Result<ServiceCredential, AdministrationError> {
    let found = scene.tables.find_service_credential(&act.realm, id)?;
    found.ok_or(AdministrationError::NotFound("service credential"))
}
