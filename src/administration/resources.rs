//! Resources and the actions they offer.

use claviger_api::{FieldError, NewResource, ResourceEdit, ResourceView};
use claviger_contract::Scope;

use crate::administration::bounds::ListBounds;
use crate::administration::decision::OnObject;
use crate::administration::error::AdministrationError;
use crate::administration::listing::{Facts, Listable, Shape};
use crate::administration::setting::Administration;
use crate::administration::setting::{as_set, authorized, authorized_to_make, gone};
use crate::ledger::{Act, Asked, Plan, Right, Scene, Unsettled};
use claviger_domain::{
    AuditAction, AuditTarget, Bound, Change, Key, Resource, ResourceName, Subject, TargetKind,
};

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
            _ => format!("{} {}", self.r#type, self.name),
        };
        let full_name = format!("{}/{}", self.r#type, self.name);
        Facts {
            id: full_name.clone(),
            key,
            status: "",
            searched: vec![full_name, self.description.to_string()],
        }
    }
}

pub fn create_resource(
    administration: &Administration,
    act: &Act,
    new: NewResource,
) -> Result<ResourceView, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        let name = ResourceName::new(new.r#type.as_str(), new.name.as_str())
            .map_err(|error| AdministrationError::invalid("name", error))?;
        if realm.resources.contains_key(&name) {
            return Err(AdministrationError::Conflict(format!("a resource {name} already exists")));
        }
        if name.kind() == "admin" {
            return Err(AdministrationError::invalid("type", "admin is built in: choose another type"));
        }
        scene.limits.check(Bound::ResourcesPerRealm, realm.resources.len(), 1)?;
        let resource = Resource {
            name,
            description: new.description,
            actions: as_set(new.actions),
            created_at: scene.now,
            updated_at: scene.now,
        };
        check(scene, None, &resource)?;
        let view = view(&resource);
        let mut plan = Plan::new(scene, act, actor);
        plan.change(realm, Change::put(resource.clone()));
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
    let subject = Subject::from(Key::Resource(name.clone()));
    administration.ledger.restrict(act, &subject, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known = realm.resources.get(name).ok_or(AdministrationError::NotFound("resource"))?;
        let resource = Resource {
            description: edit.description.unwrap_or_else(|| known.description.clone()),
            actions: edit.actions.map_or_else(|| known.actions.clone(), as_set),
            updated_at: scene.now,
            ..(**known).clone()
        };
        check(scene, Some(known), &resource)?;
        let (before, after) = (view(known), view(&resource));
        let is_same = (Resource { updated_at: known.updated_at, ..resource.clone() }) == **known;
        let change = (!is_same).then_some(Change::put(resource));
        let (action, target) = (AuditAction::ResourceEdit, target(name));
        OnObject { scene, act, realm, actor, subject: &subject, action, target }.edit(before, after, change)
    })
}

pub fn delete_resource(
    administration: &Administration,
    act: &Act,
    name: &ResourceName,
) -> Result<Unsettled<()>, AdministrationError> {
    let subject = Subject::from(Key::Resource(name.clone()));
    administration.ledger.restrict(act, &subject, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let Some(known) = realm.resources.get(name) else { return gone(realm, &subject, "resource", ()) };
        let before = view(known);
        let (action, target) = (AuditAction::ResourceDelete, target(name));
        OnObject { scene, act, realm, actor, subject: &subject, action, target }
            .delete(&before, Change::Deleted(Key::Resource(name.clone())))
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

/// `before` is `None` for a new resource.
fn check(
    scene: &Scene<'_>,
    before: Option<&Resource>,
    resource: &Resource,
) -> Result<(), AdministrationError> {
    let actions = &resource.actions;
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
    let count = before.map_or(0, |before| before.actions.len());
    ListBounds::of(&scene.limits).actions(count, actions.len()).check()
}

fn view(resource: &Resource) -> ResourceView {
    ResourceView {
        r#type: resource.name.kind().to_owned(),
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
