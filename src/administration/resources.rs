//! Resources and the actions they offer.

use claviger_contract::{Scope, Timestamp};
use serde::Serialize;

use crate::administration::bounds::ListBounds;
use crate::administration::decision::OnObject;
use crate::administration::error::{AdministrationError, FieldError};
use crate::administration::listing::{Facts, Listable, Shape};
use crate::administration::setting::Administration;
use crate::administration::setting::{as_set, authorized, authorized_to_make, gone};
use crate::ledger::{Act, Asked, Plan, Right, Unsettled};
use claviger_domain::{
    AuditAction, AuditTarget, Bound, Change, Description, Resource, ResourceName, Subject, TargetKind,
};

/// `None` leaves a field unchanged. A list replaces the old one entirely.
#[derive(Clone, Debug, Default)]
pub struct ResourceEdit {
    pub description: Option<Description>,
    pub actions: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceView {
    /// Type and name combined, by which the list is ordered.
    #[serde(skip)]
    pub full_name: ResourceName,
    #[serde(rename = "type")]
    pub kind: String,
    pub name: String,
    pub description: Description,
    pub actions: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Listable for ResourceView {
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
            // By type first, whatever characters the names begin with.
            _ => format!("{} {}", self.kind, self.name),
        };
        Facts {
            id: self.full_name.to_string(),
            key,
            status: "",
            searched: vec![self.full_name.to_string(), self.description.to_string()],
        }
    }
}

pub fn create_resource(
    administration: &Administration,
    act: &Act,
    name: ResourceName,
    parts: ResourceEdit,
) -> Result<ResourceView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        if realm.resources.contains_key(&name) {
            return Err(AdministrationError::Conflict(format!("a resource {name} already exists")));
        }
        if name.kind() == "admin" {
            return Err(AdministrationError::invalid("type", "admin is built in: choose another type"));
        }
        let description = Description::default();
        let empty =
            Resource { name, description, actions: Vec::new(), created_at: scene.now, updated_at: scene.now };
        scene.limits.check(Bound::ResourcesPerRealm, realm.resources.len(), 1)?;
        let resource = edited(empty, parts, scene.now)?;
        ListBounds::of(&scene.limits).actions(0, resource.actions.len()).check()?;
        let view = view(&resource);
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::ResourcePut { resource: resource.clone() });
        plan.event(AuditAction::ResourceCreate, target(&resource.name), None::<&()>, Some(&view));
        plan.made(&resource.name);
        Ok::<_, AdministrationError>(plan.decide(view))
    })?;
    Ok(committed.outcome)
}

/// A removed action is also removed from every grant. Offering it again later restores nothing.
pub fn edit_resource(
    administration: &Administration,
    act: &Act,
    name: &ResourceName,
    edit: ResourceEdit,
) -> Result<Unsettled<ResourceView>, AdministrationError> {
    let subject = Subject::Resource(name.clone());
    administration.ledger.restrict(act, &subject, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known = realm.resources.get(name).ok_or(AdministrationError::NotFound("resource"))?;
        let resource = edited((**known).clone(), edit, scene.now)?;
        ListBounds::of(&scene.limits).actions(known.actions.len(), resource.actions.len()).check()?;
        let (before, after) = (view(known), view(&resource));
        let is_same = (Resource { updated_at: known.updated_at, ..resource.clone() }) == **known;
        let change = (!is_same).then_some(Change::ResourcePut { resource });
        let (action, target) = (AuditAction::ResourceEdit, target(name));
        OnObject { scene, act, realm, actor, subject: &subject, action, target }.edit(before, after, change)
    })
}

pub fn delete_resource(
    administration: &Administration,
    act: &Act,
    name: &ResourceName,
) -> Result<Unsettled<()>, AdministrationError> {
    let subject = Subject::Resource(name.clone());
    administration.ledger.restrict(act, &subject, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let Some(known) = realm.resources.get(name) else { return gone(realm, &subject, "resource", ()) };
        let before = view(known);
        let (action, target) = (AuditAction::ResourceDelete, target(name));
        OnObject { scene, act, realm, actor, subject: &subject, action, target }
            .delete(&before, Change::ResourceDeleted { name: name.clone() })
    })
}

pub fn find_resource(
    administration: &Administration,
    act: &Act,
    name: &ResourceName,
) -> Result<ResourceView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let found = reading.realm.resources.get(name).map(|resource| view(resource));
    found.ok_or(AdministrationError::NotFound("resource"))
}

/// Ordered by type and name.
pub fn list_resources(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<ResourceView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    Ok(reading.realm.resources.values().map(|resource| view(resource)).collect())
}

fn edited(resource: Resource, edit: ResourceEdit, now: Timestamp) -> Result<Resource, AdministrationError> {
    let actions = edit.actions.map_or(resource.actions, as_set);
    let malformed = actions.iter().filter(|action| !Scope::is_word(action));
    let mut errors: Vec<FieldError> = malformed
        .map(|action| {
            FieldError::new(
                "actions",
                format!("\"{action}\" must be a letter a-z followed by up to 63 of a-z 0-9 _ -"),
            )
        })
        .collect();
    if actions.is_empty() {
        errors.push(FieldError::new("actions", "must have at least one action"));
    }
    AdministrationError::unless_empty(errors)?;
    let description = edit.description.unwrap_or(resource.description);
    Ok(Resource { description, actions, updated_at: now, ..resource })
}

fn view(resource: &Resource) -> ResourceView {
    ResourceView {
        full_name: resource.name.clone(),
        kind: resource.name.kind().to_owned(),
        name: resource.name.name().to_owned(),
        description: resource.description.clone(),
        actions: resource.actions.clone(),
        created_at: resource.created_at,
        updated_at: resource.updated_at,
    }
}

fn target(name: &ResourceName) -> AuditTarget {
    AuditTarget { kind: TargetKind::Resource, id: name.to_string(), name: name.to_string() }
}
