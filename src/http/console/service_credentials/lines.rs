//! Parts of a credential as pages show them.

use claviger_api::CredentialView;
use claviger_console::{GroupLine, Lifecycle, Origin, OriginKind, ResourceLine, ScopeLine};
use claviger_contract::Scope;

use crate::http::console::visit::Visit;
use claviger_domain::{
    Actor, ActorKind, Description, EffectiveScope, Name, Origin as Source, ResourceGrant, ResourceName,
};

pub fn lifecycle(view: &CredentialView) -> Lifecycle {
    Lifecycle {
        created_at: view.created_at,
        expires_at: view.expires_at,
        revoked_at: view.revoked_at,
        overlap_ends_at: view.overlap_ends_at,
        last_used_at: view.last_used_at,
    }
}

/// Members by their names, if they have one; others as the audit trail names them.
pub fn actor_name(visit: &Visit, actor: &Actor) -> String {
    let id = actor.id.filter(|_| actor.kind == ActorKind::Member);
    let member = id.and_then(|id| visit.session.realm.members.get(&id.for_lookup()));
    let name = member.map(|member| member.name.to_string()).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| actor.name.clone())
}

/// A group that was deleted meanwhile has its name alone.
pub fn group_line(visit: &Visit, name: &Name) -> GroupLine {
    let known = visit.session.realm.groups.get(name);
    let text = |part: fn(&claviger_domain::Group) -> &Description| {
        known.map(|group| part(group).to_string()).unwrap_or_default()
    };
    GroupLine {
        name: name.to_string(),
        description: text(|group| &group.description),
        responsible: text(|group| &group.responsible),
    }
}

pub fn resource_line(visit: &Visit, grant: &ResourceGrant) -> ResourceLine {
    ResourceLine {
        resource: grant.resource.to_string(),
        description: description_of(visit, &grant.resource),
        actions: grant.actions.clone(),
    }
}

/// Empty for a resource that was deleted meanwhile.
fn description_of(visit: &Visit, resource: &ResourceName) -> String {
    let known = visit.session.realm.resources.get(resource);
    known.map(|resource| resource.description.to_string()).unwrap_or_default()
}

pub fn scope_line(visit: &Visit, effective: &EffectiveScope) -> ScopeLine {
    let origin = |source: &Source| match source {
        Source::Group(name) => Origin { kind: OriginKind::Group, name: name.clone() },
        Source::Resource(name) => Origin { kind: OriginKind::Resource, name: name.clone() },
    };
    ScopeLine {
        scope: effective.scope.to_string(),
        description: description_of_scope(visit, &effective.scope),
        from: effective.from.iter().map(origin).collect(),
    }
}

/// A scope on a resource is described by its resource.
fn description_of_scope(visit: &Visit, scope: &Scope) -> String {
    let resource = scope.resource().and_then(|(kind, name)| ResourceName::new(kind, name).ok());
    match resource {
        Some(resource) => description_of(visit, &resource),
        None => {
            let known = visit.session.realm.scopes.get(scope);
            known.map(|entry| entry.description.to_string()).unwrap_or_default()
        }
    }
}
