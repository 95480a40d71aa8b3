//! Service credentials: create, list, show, edit. Renewal and import are in files of their own; `revocation` revokes.

use claviger_contract::{Position, RealmLabel, ScopeSet, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::administration::bounds::{ListBounds, room_for_credentials};
use crate::administration::credential_making::{answer, ensure_switched_on, make, name_is_taken};
use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::setting::{
    Reading, as_set, authorized, authorized_to_make, check_grants, check_groups, ensure_current,
    ensure_current_or_done, ensure_held,
};
use crate::ledger::{Act, Asked, Plan, Right, Unsettled};
use crate::snapshot;
use crate::store::Decision;
use claviger_domain::{
    Actor, AuditTarget, Change, CredentialSort, Description, EffectiveScope, Name, Query, ResourceGrant,
    Secret, ServiceCredential, Subject, TokenLifetime, Validity, effective_scopes, explain_scopes,
};

#[derive(Clone, Debug)]
pub struct NewCredential {
    pub name: Name,
    pub description: Description,
    pub validity: Validity,
    pub token_lifetime: TokenLifetime,
    pub groups: Vec<Name>,
    pub resources: Vec<ResourceGrant>,
}

/// `None` leaves a list unchanged. A list replaces the old one entirely.
#[derive(Clone, Debug, Default)]
pub struct CredentialEdit {
    pub groups: Option<Vec<Name>>,
    pub resources: Option<Vec<ResourceGrant>>,
}

/// The API view, without key or digest.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CredentialView {
    pub id: Uuid,
    pub client_id: Uuid,
    pub name: Name,
    pub description: Description,
    pub realm: RealmLabel,
    pub status: &'static str,
    pub validity_days: Option<u16>,
    pub expires_at: Option<Timestamp>,
    pub token_ttl_seconds: i64,
    pub groups: Vec<Name>,
    pub resources: Vec<ResourceGrant>,
    pub effective_scopes: Vec<EffectiveScope>,
    pub responsible: Vec<ResponsibleView>,
    pub replaces: Option<Uuid>,
    pub overlap_ends_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub created_by: Actor,
    pub updated_at: Timestamp,
    pub updated_by: Actor,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub revoked_by: Option<Actor>,
}

/// The party responsible for a group of the credential, as recorded in the group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResponsibleView {
    pub group: Name,
    pub responsible: Description,
}

/// The only answer that contains the key.
#[derive(Debug)]
pub struct CreatedCredential {
    pub view: CredentialView,
    pub client_key: Secret,
    pub token_endpoint: String,
    /// One complete curl command. It starts with a space, so shells that honor this keep it out of their history.
    pub usage_example: String,
    pub position: Position,
}

pub fn create_credential(
    administration: &Administration,
    act: &Act,
    new: NewCredential,
) -> Result<CreatedCredential, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(administration, scene, act, Right::Manage)?;
        ensure_switched_on(realm)?;
        let new = new.normalized();
        check(realm, act, &new.groups, &new.resources, scene.now)?;
        ListBounds::of(&scene.limits).groups(0, &new.groups).grants(0, &new.resources).check()?;
        if let Some(by) = realm.live_names.get(&new.name) {
            return Err(AdministrationError::Conflict(name_is_taken(&new.name, *by)));
        }
        room_for_credentials(scene, realm, 1)?;
        let mut plan = Plan::new(scene, act, actor);
        let (credential, client_key) = make(administration, &plan, new);
        let view = view(&Reading { realm: realm.clone(), now: scene.now }, credential.clone(), None);
        plan.addition(Change::CredentialCreated { credential });
        plan.event("service_credential.create", target(&view), None::<&()>, Some(&view));
        plan.made(&view.id);
        Ok::<_, AdministrationError>(plan.decide((view, client_key)))
    })?;
    let (view, client_key) = committed.outcome;
    Ok(answer(administration, view, client_key, committed.position))
}

pub fn find_credential(
    administration: &Administration,
    act: &Act,
    id: Uuid,
) -> Result<CredentialView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let record = load(administration, act, id)?;
    Ok(view(&reading, record, administration.ledger.store().last_uses(&[id])?.remove(&id)))
}

/// For acts of other modules on the credential.
pub fn ensure_credential_current(
    administration: &Administration,
    act: &Act,
    id: Uuid,
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
) -> Result<Vec<CredentialView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let records = administration.ledger.store().list_service_credentials(&act.realm, query, reading.now)?;
    let ids: Vec<Uuid> = records.iter().map(|record| record.id).collect();
    let mut last_uses = administration.ledger.store().last_uses(&ids)?;
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
    id: Uuid,
    edit: CredentialEdit,
) -> Result<Unsettled<CredentialView>, AdministrationError> {
    let subject = Subject::Credential(id);
    // Read before the act, and omitted if the database is slow: no writer waits for a statistic.
    let last_used_at = administration.ledger.store().last_use_optional(id);
    administration.ledger.restrict(act, &subject, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let Some(known) = realm.find_credential(id).filter(|known| known.is_live(scene.now)) else {
            // Credentials that ended long ago are only in the table.
            load(administration, act, id)?;
            return Err(AdministrationError::NotActive);
        };
        let groups = edit.groups.map_or_else(|| known.groups().to_vec(), as_set);
        let resources = edit.resources.map_or_else(|| known.resources().to_vec(), ResourceGrant::normalize);
        check(realm, act, &groups, &resources, scene.now)?;
        ListBounds::of(&scene.limits)
            .groups(known.groups().len(), &groups)
            .grants(known.resources().len(), &resources)
            .check()?;
        // Read while there is no other writer, so the audit trail shows each edit against its predecessor.
        let record = load(administration, act, id)?;
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
        plan.event("service_credential.edit", target(&new), Some(&old), Some(&new));
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

pub(super) fn load(
    administration: &Administration,
    act: &Act,
    id: Uuid,
) -> Result<ServiceCredential, AdministrationError> {
    let found = administration.ledger.store().find_service_credential(&act.realm, id)?;
    found.ok_or(AdministrationError::NotFound("service credential"))
}

pub(super) fn view(
    reading: &Reading,
    mut record: ServiceCredential,
    last_used_at: Option<Timestamp>,
) -> CredentialView {
    if record.revocation.is_some() {
        leave_what_is_there(&reading.realm, &mut record);
    }
    let (revoked_at, revoked_by) = match &record.revocation {
        Some(revocation) => (Some(revocation.at), Some(revocation.by.clone())),
        None => (None, None),
    };
    CredentialView {
        id: record.id,
        client_id: record.id,
        realm: reading.realm.record.label.clone(),
        status: record.state(reading.now).as_str(),
        validity_days: record.validity.as_days(),
        expires_at: record.expires_at(),
        token_ttl_seconds: record.token_lifetime.as_seconds(),
        effective_scopes: explained(reading, &record.groups, &record.resources),
        responsible: responsible(reading, &record.groups),
        name: record.name,
        description: record.description,
        groups: record.groups,
        resources: record.resources,
        replaces: record.replaces,
        overlap_ends_at: record.overlap_ends_at,
        created_at: record.created_at,
        created_by: record.created_by,
        updated_at: record.updated_at,
        updated_by: record.updated_by,
        last_used_at,
        revoked_at,
        revoked_by,
    }
}

/// Acts do not update the lists of credentials that ended long ago. Objects deleted since are omitted.
fn leave_what_is_there(realm: &snapshot::RealmView, record: &mut ServiceCredential) {
    record.groups.retain(|name| realm.groups.contains_key(name));
    for grant in &mut record.resources {
        let resource = realm.resources.get(&grant.resource);
        grant.actions.retain(|action| resource.is_some_and(|resource| resource.offers(action)));
    }
    record.resources.retain(|grant| !grant.actions.is_empty());
}

fn responsible(reading: &Reading, groups: &[Name]) -> Vec<ResponsibleView> {
    let named = groups.iter().filter_map(|name| reading.realm.groups.get(name));
    let spoken_for = named.filter(|group| !group.responsible.as_str().is_empty());
    spoken_for
        .map(|group| ResponsibleView { group: group.name.clone(), responsible: group.responsible.clone() })
        .collect()
}

fn explained(reading: &Reading, groups: &[Name], resources: &[ResourceGrant]) -> Vec<EffectiveScope> {
    let named = groups.iter().filter_map(|name| reading.realm.groups.get(name)).map(|group| &**group);
    explain_scopes(named, resources)
}

pub(super) fn target(view: &CredentialView) -> AuditTarget {
    AuditTarget { kind: "service_credential", id: view.id.to_string(), name: view.name.to_string() }
}
