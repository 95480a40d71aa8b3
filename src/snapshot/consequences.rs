//! What an act does besides what it says, worked out from the state before it.

use std::collections::HashSet;
use std::sync::Arc;

use claviger_contract::{Scope, ScopeSet};
use uuid::Uuid;

use super::credential::scopes_of;
use super::{Credential, RealmView};
use crate::domain::{
    Change, Consequences, CredentialConsequence, Group, GroupConsequence, Member, MemberConsequence, Name,
    ResourceGrant, ResourceName,
};

/// The writer and every reader of the log call this on the same state, and so agree on who lost what.
pub fn consequences(realm: &RealmView, change: &Change) -> Consequences {
    let mut result = of_grants(realm, change);
    add_of_members(realm, change, &mut result);
    result
}

/// Groups, members and service credentials.
fn of_grants(realm: &RealmView, change: &Change) -> Consequences {
    match change {
        Change::GroupPut { group } => after(realm, &Loss::None, Some(group)),
        Change::GroupDeleted { name } => after(realm, &Loss::Group(name), None),
        Change::ResourceDeleted { name } => after(realm, &Loss::Actions { resource: name, kept: &[] }, None),
        Change::ResourcePut { resource } => {
            after(realm, &Loss::Actions { resource: &resource.name, kept: &resource.actions }, None)
        }
        Change::CredentialEdited { id, groups, resources, .. } => {
            let edited = realm.credentials.get(id).map(|credential| {
                let scopes = scopes_of(&realm.groups, groups, resources);
                CredentialConsequence {
                    id: *id,
                    groups: groups.clone(),
                    resources: resources.clone(),
                    cut: !scopes.covers_all(&credential.scopes),
                }
            });
            Consequences { credentials: edited.into_iter().collect(), ..Consequences::default() }
        }
        _ => Consequences::default(),
    }
}

/// What hangs on what members hold: their application credentials, and their opaque tokens.
fn add_of_members(realm: &RealmView, change: &Change, result: &mut Consequences) {
    if realm.applications.is_empty() && realm.member_tokens.is_empty() {
        return;
    }
    let mut after = realm.clone();
    match change {
        Change::GroupPut { group } => after.put_group(group.clone()),
        Change::GroupDeleted { name } => drop(after.groups.remove(name)),
        Change::ResourcePut { resource } => after.put_resource(resource.clone()),
        Change::ResourceDeleted { name } => drop(after.resources.remove(name)),
        Change::MemberPut { member } => after.put_member(member.clone()),
        Change::ApplicationCredentialPut { credential } => {
            let cut = realm.position_of_cut(credential.id);
            after.put_application(credential.clone(), cut);
            result.applications.extend(loses(realm, &after, credential.id).then_some(credential.id));
            return;
        }
        _ => return,
    }
    after.bear_losses(result);
    // Of many tokens most belong to members who lose nothing.
    let losers: HashSet<Uuid> = realm
        .members
        .values()
        .filter(|member| may_lose(realm, &after, member))
        .map(|member| member.id)
        .collect();
    if losers.is_empty() {
        return;
    }
    let known = realm.applications.values().filter(|known| losers.contains(&known.record.member));
    let ids = known.map(|known| known.record.id).filter(|id| loses(realm, &after, *id));
    result.applications = ids.collect();
    let mut tokens = realm.member_tokens.values().filter(|token| losers.contains(&token.member));
    result.opaque_tokens_lose = tokens.any(|token| {
        let worth = |realm: &RealmView| {
            let owner = realm.members.get(&token.member);
            owner.map_or_else(ScopeSet::default, |owner| realm.within(owner, &token.scopes))
        };
        !worth(&after).covers_all(&worth(realm))
    });
}

/// Whether a member holds less, or is another: what administrators hold is what is registered, and worked out scope by scope.
fn may_lose(realm: &RealmView, after: &RealmView, member: &Member) -> bool {
    match after.members.get(&member.id) {
        Some(next) => {
            next.is_active() != member.is_active()
                || next.roles != member.roles
                || (member.administers() && after.resources != realm.resources)
                || !after.inherited_scopes(next).covers_all(&realm.inherited_scopes(member))
        }
        None => true,
    }
}

/// Whether an application credential has less afterwards.
fn loses(realm: &RealmView, after: &RealmView, id: Uuid) -> bool {
    match (realm.applications.get(&id), after.applications.get(&id)) {
        (Some(old), Some(new)) => {
            let left = after.scopes_of_application(&new.record);
            !left.covers_all(&realm.scopes_of_application(&old.record))
        }
        _ => false,
    }
}

enum Loss<'a> {
    None,
    Group(&'a Name),
    Actions { resource: &'a ResourceName, kept: &'a [String] },
}

fn after(realm: &RealmView, loss: &Loss<'_>, put: Option<&Group>) -> Consequences {
    let mut groups = realm.groups.clone();
    let mut touched: Vec<Name> = Vec::new();
    let mut result = Consequences::default();
    if let Some(group) = put {
        groups.insert(group.name.clone(), Arc::new(group.clone()));
        touched.push(group.name.clone());
    }
    if let Loss::Group(name) = loss {
        groups.remove(*name);
        touched.push((*name).clone());
    }
    for group in realm.groups.values() {
        if let Some(GroupConsequence { name, scopes, resources }) = loss.prune_group(group) {
            let left = Group { scopes: scopes.clone(), resources: resources.clone(), ..(**group).clone() };
            groups.insert(name.clone(), Arc::new(left));
            touched.push(name.clone());
            result.groups.push(GroupConsequence { name, scopes, resources });
        }
    }
    for member in realm.members.values() {
        if let Some(groups) = loss.leave(&member.groups) {
            result.members.push(MemberConsequence { id: member.id, groups });
        }
    }
    for (id, credential) in &realm.credentials {
        result.credentials.extend(
            touch(credential, loss, &touched, &groups).map(|(names, resources, cut)| CredentialConsequence {
                id: *id,
                groups: names,
                resources,
                cut,
            }),
        );
    }
    // The map has no order, and every reader must see the same list.
    result.credentials.sort_unstable_by_key(|consequence| consequence.id);
    result
}

fn touch(
    credential: &Credential,
    loss: &Loss<'_>,
    touched: &[Name],
    groups: &imbl::OrdMap<Name, Arc<Group>>,
) -> Option<(Vec<Name>, Vec<ResourceGrant>, bool)> {
    let names = loss.leave(&credential.groups);
    let resources = loss.prune(&credential.resources);
    let hit = credential.groups.iter().any(|name| touched.contains(name));
    if names.is_none() && resources.is_none() && !hit {
        return None;
    }
    let names = names.unwrap_or_else(|| credential.groups.to_vec());
    let resources = resources.unwrap_or_else(|| credential.resources.to_vec());
    let cut = !scopes_of(groups, &names, &resources).covers_all(&credential.scopes);
    Some((names, resources, cut))
}

impl Loss<'_> {
    /// The groups that are left, if one is lost.
    fn leave(&self, names: &[Name]) -> Option<Vec<Name>> {
        match self {
            Self::Group(lost) if names.contains(lost) => {
                Some(names.iter().filter(|name| name != lost).cloned().collect())
            }
            _ => None,
        }
    }

    /// What is left of a group that names an action which is lost, as a grant or as a scope.
    fn prune_group(&self, group: &Group) -> Option<GroupConsequence> {
        let scopes: Vec<Scope> = group.scopes.iter().filter(|scope| !self.takes(scope)).cloned().collect();
        let resources = self.prune(&group.resources);
        if resources.is_none() && scopes.len() == group.scopes.len() {
            return None;
        }
        let resources = resources.unwrap_or_else(|| group.resources.clone());
        Some(GroupConsequence { name: group.name.clone(), scopes, resources })
    }

    /// Whether the scope is an action on the one resource, and that action is lost.
    fn takes(&self, scope: &Scope) -> bool {
        let Self::Actions { resource, kept } = self else { return false };
        scope.resource() == Some((resource.kind(), resource.name()))
            && scope.action().is_none_or(|action| !kept.iter().any(|known| known == action))
    }

    /// The grants that are left, if an action of one is lost. Adding the action again later gives nothing back.
    fn prune(&self, grants: &[ResourceGrant]) -> Option<Vec<ResourceGrant>> {
        let Self::Actions { resource, kept } = self else { return None };
        let hit = |grant: &ResourceGrant| {
            grant.resource == **resource && grant.actions.iter().any(|action| !kept.contains(action))
        };
        if !grants.iter().any(hit) {
            return None;
        }
        let pruned = grants.iter().filter_map(|grant| {
            let mut grant = grant.clone();
            if grant.resource == **resource {
                grant.actions.retain(|action| kept.contains(action));
            }
            (!grant.actions.is_empty()).then_some(grant)
        });
        Some(pruned.collect())
    }
}
