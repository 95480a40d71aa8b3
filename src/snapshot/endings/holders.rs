//! Who has a group, or an action on a resource. Reads each credential of the realm: for pages, never for a token.

use std::collections::BTreeMap;
use std::sync::Arc;

use claviger_contract::{Scope, Timestamp};

use crate::snapshot::credential::Credential;
use crate::snapshot::realm_view::RealmView;
use claviger_domain::{GrantSetId, Group, Member, Name, ResourceName, ServiceCredentialId};

impl RealmView {
    /// Active ones.
    pub fn members_in_group(&self, name: &Name) -> impl Iterator<Item = &Arc<Member>> {
        let ids = self.members_by_group.get(name);
        ids.filter_map(|id| self.members.get(id)).filter(|member| member.is_active())
    }

    /// Those that give an action on the resource.
    pub fn groups_on_resource(&self, name: &ResourceName) -> impl Iterator<Item = &Arc<Group>> {
        self.groups_by_resource.get(name).filter_map(|name| self.groups.get(name))
    }

    pub fn groups_with_scope(&self, scope: &Scope) -> impl Iterator<Item = &Arc<Group>> {
        self.groups.values().filter(move |group| group.scopes.contains(scope))
    }

    /// Live credentials that have the group, or an action on the resource without a group.
    pub fn credentials_naming(
        &self,
        group: Option<&Name>,
        resource: Option<&ResourceName>,
        now: Timestamp,
    ) -> Vec<(ServiceCredentialId, &Arc<Credential>)> {
        let sets = self.grant_sets.naming(group.map(std::slice::from_ref).unwrap_or_default(), resource);
        if sets.is_empty() {
            return Vec::new();
        }
        let all = self.credentials.iter();
        let named = all.filter(|(_, known)| sets.contains(&known.held.set) && known.is_live(now));
        named.map(|(id, known)| (*id, known)).collect()
    }

    /// How many live credentials name each group, and each resource.
    pub fn credentials_by_grant(
        &self,
        now: Timestamp,
    ) -> (BTreeMap<Name, usize>, BTreeMap<ResourceName, usize>) {
        let mut by_set: BTreeMap<GrantSetId, usize> = BTreeMap::new();
        for known in self.credentials.values().filter(|known| known.is_live(now)) {
            *by_set.entry(known.held.set).or_default() += 1;
        }
        let (mut groups, mut resources) = (BTreeMap::new(), BTreeMap::new());
        for (set, count) in by_set {
            let Some(set) = self.grant_sets.get(set) else { continue };
            for name in &set.grants.groups {
                *groups.entry(name.clone()).or_default() += count;
            }
            for grant in &set.grants.resources {
                *resources.entry(grant.resource.clone()).or_default() += count;
            }
        }
        (groups, resources)
    }
}
