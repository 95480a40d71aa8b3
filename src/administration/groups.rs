//! Groups: members and credentials inherit their scopes.

use claviger_api::{FieldError, GroupEdit, GroupView, NewGroup};
use claviger_contract::Timestamp;

use crate::administration::bounds::ListBounds;
use crate::administration::decision::OnObject;
use crate::administration::error::AdministrationError;
use crate::administration::listing::{Facts, Listable, Shape};
use crate::administration::setting::Administration;
use crate::administration::setting::{
    as_set, authorized, authorized_to_make, check_grants, check_scopes, ensure_held, gone,
};
use crate::ledger::{Act, Asked, Plan, Right, Scene, Unsettled};
use crate::snapshot::RealmView;
use claviger_domain::{
    AuditAction, AuditTarget, Bound, BuiltInScope, Change, Group, Key, Name, ResourceGrant, Subject,
    TargetKind, effective_scopes,
};

impl Listable for GroupView {
    const LIST: Shape = Shape {
        sorts: &["name", "created_at", "updated_at"],
        default_sort: "name",
        statuses: &[],
        others: &[],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = match sort {
            "created_at" => self.created_at.to_string(),
            "updated_at" => self.updated_at.to_string(),
            _ => self.name.to_string(),
        };
        Facts {
            id: self.name.to_string(),
            key,
            status: "",
            searched: vec![self.name.to_string(), self.description.to_string(), self.responsible.to_string()],
        }
    }
}

pub fn create_group(
    administration: &Administration,
    act: &Act,
    new: NewGroup,
) -> Result<GroupView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        if realm.groups.contains_key(&new.name) {
            return Err(AdministrationError::Conflict(format!("a group \"{}\" already exists", new.name)));
        }
        scene.limits.check(Bound::GroupsPerRealm, realm.groups.len(), 1)?;
        let group = Group {
            name: new.name,
            description: new.description,
            responsible: new.responsible,
            scopes: as_set(new.scopes),
            resources: ResourceGrant::normalize(new.resources),
            created_at: scene.now,
            updated_at: scene.now,
        };
        check(scene, realm, act, None, &group)?;
        let view = view(&group);
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(group));
        plan.event(AuditAction::GroupCreate, target(&view.name), None::<&()>, Some(&view));
        plan.made(&view.name);
        Ok::<_, AdministrationError>(plan.decide(view))
    })?;
    Ok(committed.outcome)
}

/// Scopes removed from a group end at once in every token that had them only through this group.
pub fn edit_group(
    administration: &Administration,
    act: &Act,
    name: &Name,
    edit: GroupEdit,
) -> Result<Unsettled<GroupView>, AdministrationError> {
    let subject = Subject::from(Key::Group(name.clone()));
    administration.ledger.restrict(act, &subject, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known = realm.groups.get(name).ok_or(AdministrationError::NotFound("group"))?;
        let group = edited((**known).clone(), edit, scene.now);
        check(scene, realm, act, Some(known), &group)?;
        let (before, after) = (view(known), view(&group));
        let is_same = (Group { updated_at: known.updated_at, ..group.clone() }) == **known;
        let change = (!is_same).then_some(Change::put(group));
        let (action, target) = (AuditAction::GroupEdit, target(name));
        OnObject { scene, act, realm, actor, subject: &subject, action, target }.edit(before, after, change)
    })
}

/// Allowed while in use: its members and credentials lose the scopes they had through it.
pub fn delete_group(
    administration: &Administration,
    act: &Act,
    name: &Name,
) -> Result<Unsettled<()>, AdministrationError> {
    let subject = Subject::from(Key::Group(name.clone()));
    administration.ledger.restrict(act, &subject, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let Some(known) = realm.groups.get(name) else { return gone(realm, &subject, "group", ()) };
        let before = view(known);
        let (action, target) = (AuditAction::GroupDelete, target(name));
        OnObject { scene, act, realm, actor, subject: &subject, action, target }
            .delete(&before, Change::Deleted(Key::Group(name.clone())))
    })
}

pub fn find_group(
    administration: &Administration,
    act: &Act,
    name: &Name,
) -> Result<GroupView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    reading.realm.groups.get(name).map(|group| view(group)).ok_or(AdministrationError::NotFound("group"))
}

/// Ordered by name.
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
        resources: edit.resources.map_or(group.resources, ResourceGrant::normalize),
        updated_at: now,
        ..group
    }
}

fn check(
    scene: &Scene<'_>,
    realm: &RealmView,
    act: &Act,
    before: Option<&Group>,
    group: &Group,
) -> Result<(), AdministrationError> {
    let mut errors = Vec::new();
    let built_in = group.scopes.iter().filter(|scope| BuiltInScope::reserves(scope));
    errors.extend(built_in.map(|scope| {
        FieldError::new(
            "scopes",
            format!("{scope} is allowed only in personal access tokens, never in a group"),
        )
    }));
    check_scopes(realm, &group.scopes, &mut errors);
    check_grants(realm, &group.resources, &mut errors);
    AdministrationError::unless_empty(errors)?;
    ensure_held(realm, &act.caller, &effective_scopes([group], &[]), scene.now)?;
    ListBounds::of(&scene.limits).group(before, group).check()
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
    AuditTarget { kind: TargetKind::Group, id: name.to_string(), name: name.to_string() }
}
