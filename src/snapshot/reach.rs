//! Which groups an act changes, and what it takes from objects that name them. Most acts take nothing.

use claviger_contract::Scope;

use crate::snapshot::realm_view::RealmView;
use claviger_domain::{
    Change, Grants, Group, GroupConsequence, Key, Name, Record, Resource, ResourceGrant, ResourceName,
};

/// What an act on a group or a resource affects. `None` means that it affects nothing, at no cost.
pub struct Reach<'a> {
    pub loss: Loss<'a>,
    pub put: Option<&'a Group>,
    /// Groups that lose an action of a resource.
    pub pruned: Vec<GroupConsequence>,
}

pub enum Loss<'a> {
    None,
    Group(&'a Name),
    Actions { resource: &'a ResourceName, kept: &'a [String] },
}

impl<'a> Reach<'a> {
    pub fn of(realm: &RealmView, change: &'a Change) -> Option<Self> {
        match change {
            Change::Put(Record::Group(group)) => {
                let known = realm.groups.get(&group.name);
                let same = known
                    .is_some_and(|known| known.scopes == group.scopes && known.resources == group.resources);
                (!same).then_some(Self { loss: Loss::None, put: Some(group), pruned: Vec::new() })
            }
            Change::Deleted(Key::Group(name)) => {
                Some(Self { loss: Loss::Group(name), put: None, pruned: Vec::new() })
            }
            Change::Put(Record::Resource(resource)) => {
                Self::of_actions(realm, &resource.name, &resource.actions)
            }
            Change::Deleted(Key::Resource(name)) => Self::of_actions(realm, name, &[]),
            _ => None,
        }
    }

    /// `None` unless an existing action is removed: nothing can name an action that never existed.
    fn of_actions(realm: &RealmView, resource: &'a ResourceName, kept: &'a [String]) -> Option<Self> {
        let known: &Resource = realm.resources.get(resource)?;
        if known.actions.iter().all(|action| kept.contains(action)) {
            return None;
        }
        let loss = Loss::Actions { resource, kept };
        let groups = realm.groups_by_resource.get(resource).filter_map(|name| realm.groups.get(name));
        let pruned = groups.filter_map(|group| loss.prune_group(group)).collect();
        Some(Self { loss, put: None, pruned })
    }

    /// The names of all groups that change.
    pub fn groups(&self) -> Vec<Name> {
        let put = self.put.map(|group| group.name.clone());
        let lost = match self.loss {
            Loss::Group(name) => Some(name.clone()),
            _ => None,
        };
        put.into_iter().chain(lost).chain(self.pruned.iter().map(|group| group.name.clone())).collect()
    }

    pub fn resource(&self) -> Option<&ResourceName> {
        match self.loss {
            Loss::Actions { resource, .. } => Some(resource),
            _ => None,
        }
    }
}

impl Loss<'_> {
    /// `None` if the list loses nothing.
    pub fn of_grants(&self, grants: &Grants) -> Option<Grants> {
        let (groups, resources) = (self.leave(&grants.groups), self.prune(&grants.resources));
        if groups.is_none() && resources.is_none() {
            return None;
        }
        Some(Grants {
            groups: groups.unwrap_or_else(|| grants.groups.clone()),
            resources: resources.unwrap_or_else(|| grants.resources.clone()),
        })
    }

    /// The remaining groups, if one is removed.
    pub fn leave(&self, names: &[Name]) -> Option<Vec<Name>> {
        match self {
            Self::Group(lost) if names.contains(lost) => {
                Some(names.iter().filter(|name| name != lost).cloned().collect())
            }
            _ => None,
        }
    }

    /// The remainder of a group that names a removed action, as a grant or as a scope.
    fn prune_group(&self, group: &Group) -> Option<GroupConsequence> {
        let scopes: Vec<Scope> = group.scopes.iter().filter(|scope| !self.takes(scope)).cloned().collect();
        let resources = self.prune(&group.resources);
        if resources.is_none() && scopes.len() == group.scopes.len() {
            return None;
        }
        let resources = resources.unwrap_or_else(|| group.resources.clone());
        Some(GroupConsequence { name: group.name.clone(), scopes, resources })
    }

    /// Whether the scope is a removed action of this resource.
    fn takes(&self, scope: &Scope) -> bool {
        let Self::Actions { resource, kept } = self else { return false };
        scope.resource() == Some((resource.kind(), resource.name()))
            && scope.action().is_none_or(|action| !kept.iter().any(|known| known == action))
    }

    /// The remaining grants, if one loses an action. Adding the action again later restores nothing.
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
