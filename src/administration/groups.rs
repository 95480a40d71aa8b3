//! Groups: where members and credentials inherit scopes from.

use claviger_contract::{Scope, Timestamp};
use serde::Serialize;

use super::setting::{
    as_set, authorised, authorised_to_make, check_grants, check_scopes, ensure_current, ensure_held,
};
use super::{Administration, AdministrationError, Edited, FieldError};
use crate::domain::{
    AuditTarget, BuiltInScope, Change, Description, Group, Name, ResourceGrant, effective_scopes,
};
use crate::ledger::{Act, Plan, Right};
use crate::snapshot;

/// `None` leaves a part as it is; a list replaces the whole of the old one.
#[derive(Clone, Debug, Default)]
pub struct GroupEdit {
    pub description: Option<Description>,
    pub responsible: Option<Description>,
    pub scopes: Option<Vec<Scope>>,
    pub resources: Option<Vec<ResourceGrant>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupView {
    pub name: Name,
    pub description: Description,
    pub responsible: Description,
    pub scopes: Vec<Scope>,
    pub resources: Vec<ResourceGrant>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

pub fn create_group(
    administration: &Administration,
    act: &Act,
    name: Name,
    parts: GroupEdit,
) -> Result<GroupView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised_to_make(administration, scene, act, Right::Manage)?;
        if realm.groups.contains_key(&name) {
            return Err(AdministrationError::Conflict(format!("there is a group \"{name}\" already")));
        }
        let empty = Group {
            name,
            description: Description::default(),
            responsible: Description::default(),
            scopes: Vec::new(),
            resources: Vec::new(),
            created_at: scene.now,
            updated_at: scene.now,
        };
        let group = edited(empty, parts, scene.now);
        check(realm, act, &group, scene.now)?;
        let view = view(&group);
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::GroupPut { group });
        plan.event("group.create", target(&view.name), None::<&()>, Some(&view));
        plan.made(&view.name);
        Ok::<_, AdministrationError>(plan.decide(view))
    })?;
    Ok(committed.outcome)
}

/// What is taken away from a group dies at once in every token of whoever had it through this group alone.
pub fn edit_group(
    administration: &Administration,
    act: &Act,
    name: &Name,
    edit: GroupEdit,
) -> Result<Edited<GroupView>, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::Manage)?;
        let known = realm.groups.get(name).ok_or(AdministrationError::NotFound("group"))?;
        let group = edited((**known).clone(), edit, scene.now);
        check(realm, act, &group, scene.now)?;
        let (before, after) = (view(known), view(&group));
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        let cut = plan.change(realm, Change::GroupPut { group });
        plan.event("group.edit", target(name), Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide((after, cut)))
    })?;
    let (object, cut) = committed.outcome;
    Ok(Edited { object, position: committed.position, cut })
}

/// Allowed while in use: whoever was in it loses what it gave.
pub fn delete_group(
    administration: &Administration,
    act: &Act,
    name: &Name,
) -> Result<Edited<()>, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorised(scene, act, Right::Manage)?;
        let known = realm.groups.get(name).ok_or(AdministrationError::NotFound("group"))?;
        let before = view(known);
        ensure_current(act, &before)?;
        let mut plan = Plan::new(scene, act, actor);
        let cut = plan.change(realm, Change::GroupDeleted { name: name.clone() });
        plan.event("group.delete", target(name), Some(&before), None::<&()>);
        Ok::<_, AdministrationError>(plan.decide(cut))
    })?;
    Ok(Edited { object: (), position: committed.position, cut: committed.outcome })
}

pub fn find_group(
    administration: &Administration,
    act: &Act,
    name: &Name,
) -> Result<GroupView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    reading.realm.groups.get(name).map(|group| view(group)).ok_or(AdministrationError::NotFound("group"))
}

/// In the order of their names.
pub fn list_groups(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<GroupView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    Ok(reading.realm.groups.values().map(|group| view(group)).collect())
}

fn edited(group: Group, edit: GroupEdit, now: Timestamp) -> Group {
    Group {
        description: edit.description.unwrap_or(group.description),
        responsible: edit.responsible.unwrap_or(group.responsible),
        scopes: edit.scopes.map_or(group.scopes, as_set),
        resources: edit.resources.map_or(group.resources, ResourceGrant::normalise),
        updated_at: now,
        ..group
    }
}

fn check(
    realm: &snapshot::RealmView,
    act: &Act,
    group: &Group,
    now: Timestamp,
) -> Result<(), AdministrationError> {
    let mut errors = Vec::new();
    let built_in = group.scopes.iter().filter(|scope| BuiltInScope::reserves(scope));
    errors.extend(built_in.map(|scope| {
        FieldError::new("scopes", format!("{scope} is for personal access tokens alone, never for a group"))
    }));
    check_scopes(realm, &group.scopes, &mut errors);
    check_grants(realm, &group.resources, &mut errors);
    AdministrationError::unless_empty(errors)?;
    ensure_held(realm, &act.caller, &effective_scopes([group], &[]), now)
}

fn view(group: &Group) -> GroupView {
    GroupView {
        name: group.name.clone(),
        description: group.description.clone(),
        responsible: group.responsible.clone(),
        scopes: group.scopes.clone(),
        resources: group.resources.clone(),
        created_at: group.created_at,
        updated_at: group.updated_at,
    }
}

fn target(name: &Name) -> AuditTarget {
    AuditTarget { kind: "group", id: name.to_string(), name: name.to_string() }
}
