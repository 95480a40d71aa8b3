//! Service credentials: create, list, show, edit. Renewing and importing have files of their own; revoking is another room's.

use claviger_contract::{Position, RealmLabel, ScopeSet, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::credential_making::{answer, ensure_switched_on, make, name_is_taken};
use super::setting::{
    Reading, as_set, authorised, authorised_to_make, check_grants, check_groups, ensure_current, ensure_held,
};
use super::{Administration, AdministrationError, Edited};
use crate::domain::{
    Actor, AuditTarget, Change, CredentialSort, Description, EffectiveScope, Name, Query, ResourceGrant,
    Secret, ServiceCredential, TokenLifetime, Validity, effective_scopes, explain_scopes,
};
use crate::ledger::{Act, Plan, Right};
use crate::snapshot;

#[derive(Clone, Debug)]
pub struct NewCredential {
    pub name: Name,
    pub description: Description,
    pub validity: Validity,
    pub token_lifetime: TokenLifetime,
    pub groups: Vec<Name>,
    pub resources: Vec<ResourceGrant>,
}

/// `None` leaves a list as it is; a list replaces the whole of the old one.
#[derive(Clone, Debug, Default)]
pub struct CredentialEdit {
    pub groups: Option<Vec<Name>>,
    pub resources: Option<Vec<ResourceGrant>>,
}

/// As the API shows it: no key, no digest.
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

/// Who answers for a group of the credential, as the group says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResponsibleView {
    pub group: Name,
    pub responsible: Description,
}

/// The only answer that holds the key.
#[derive(Debug)]
pub struct CreatedCredential {
    pub view: CredentialView,
    pub client_key: Secret,
    pub token_endpoint: String,
    /// One curl command with everything filled in, led by a space so that shells that honour it keep no history of it.
    pub usage_example: String,
    pub position: Position,
}

pub fn create_credential(
    administration: &Administration,
    act: &Act,
    new: NewCredential,
) -> Result<CreatedCredential, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised_to_make(administration, scene, act, Right::Manage)?;
        ensure_switched_on(realm)?;
        let new = new.normalised();
        check(realm, act, &new.groups, &new.resources, scene.now)?;
        if let Some(by) = realm.live_names.get(&new.name) {
            return Err(AdministrationError::Conflict(name_is_taken(&new.name, *by)));
        }
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

/// For what another room does to it.
pub fn ensure_credential_current(
    administration: &Administration,
    act: &Act,
    id: Uuid,
) -> Result<(), AdministrationError> {
    match act.if_match {
        Some(_) => ensure_current(act, &find_credential(administration, act, id)?),
        None => Ok(()),
    }
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

/// Groups and resources alone. What is taken away dies at once, what is added comes with the next token.
pub fn edit_credential(
    administration: &Administration,
    act: &Act,
    id: Uuid,
    edit: CredentialEdit,
) -> Result<Edited<CredentialView>, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::Manage)?;
        let known = realm.credentials.get(&id).ok_or(AdministrationError::NotFound("service credential"))?;
        if !known.is_live(scene.now) {
            return Err(AdministrationError::NotActive);
        }
        let groups = edit.groups.map_or_else(|| known.groups.to_vec(), as_set);
        let resources = edit.resources.map_or_else(|| known.resources.to_vec(), ResourceGrant::normalise);
        check(realm, act, &groups, &resources, scene.now)?;
        // Read while nobody else writes, so that the audit trail tells each edit from the one before it.
        let record = load(administration, act, id)?;
        let edited = ServiceCredential {
            groups: groups.clone(),
            resources: resources.clone(),
            updated_at: scene.now,
            updated_by: actor.clone(),
            ..record.clone()
        };
        let reading = Reading { realm: realm.clone(), now: scene.now };
        let last_used_at = administration.ledger.store().last_uses(&[id])?.remove(&id);
        let (old, new) = (view(&reading, record, last_used_at), view(&reading, edited, last_used_at));
        ensure_current(act, &old)?;
        let mut plan = Plan::new(scene, act, actor.clone());
        let change = Change::CredentialEdited { id, groups, resources, at: scene.now, by: actor };
        let cut = plan.change(realm, change);
        plan.event("service_credential.edit", target(&new), Some(&old), Some(&new));
        Ok::<_, AdministrationError>(plan.decide((new, cut)))
    })?;
    let (object, cut) = committed.outcome;
    Ok(Edited { object, position: committed.position, cut })
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
    record: ServiceCredential,
    last_used_at: Option<Timestamp>,
) -> CredentialView {
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
