//! Grants of credentials, stored once per distinct set in a realm. An act on a group changes the sets, not each
//! credential.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use claviger_contract::{Position, ScopeSet};

use crate::snapshot::index::Index;
use claviger_domain::{
    GrantSetId, Grants, GrantsConsequence, GrantsDigest, Group, Name, ResourceGrant, ResourceName,
    ServiceCredentialId, effective_scopes,
};

#[derive(Clone, Debug)]
pub struct GrantSet {
    pub grants: Arc<Grants>,
    pub digest: GrantsDigest,
    /// For credentials that held the set at that time, tokens issued before it are invalid.
    pub cut: Position,
    /// The resulting scopes, computed at the first use after a change.
    scopes: OnceLock<ScopeSet>,
    /// Number of credentials that hold it, including ended ones.
    holders: usize,
}

impl GrantSet {
    /// `groups` must be those of the realm that the set belongs to.
    pub fn scopes(&self, groups: &imbl::OrdMap<Name, Arc<Group>>) -> &ScopeSet {
        self.scopes.get_or_init(|| scopes_of(groups, &self.grants.groups, &self.grants.resources))
    }

    pub const fn holders(&self) -> usize {
        self.holders
    }
}

/// Cheap to clone. Acts may make two sets equal; each keeps its own cuts.
#[derive(Clone, Default)]
pub struct GrantSets {
    sets: imbl::OrdMap<GrantSetId, Arc<GrantSet>>,
    by_digest: Index<GrantsDigest, GrantSetId>,
    by_group: Index<Name, GrantSetId>,
    by_resource: Index<ResourceName, GrantSetId>,
    /// The credentials that hold each set, including ended ones.
    by_set: imbl::OrdSet<(GrantSetId, ServiceCredentialId)>,
}

impl GrantSets {
    pub fn get(&self, id: GrantSetId) -> Option<&Arc<GrantSet>> {
        self.sets.get(&id)
    }

    pub fn count(&self) -> usize {
        self.sets.len()
    }

    /// The first set with this list.
    pub fn find(&self, digest: GrantsDigest) -> Option<GrantSetId> {
        self.by_digest.get(&digest).next().copied()
    }

    /// Every set that names one of the groups or the resource.
    pub fn naming(&self, groups: &[Name], resource: Option<&ResourceName>) -> BTreeSet<GrantSetId> {
        let by_group = groups.iter().flat_map(|name| self.by_group.get(name));
        let by_resource = resource.into_iter().flat_map(|name| self.by_resource.get(name));
        by_group.chain(by_resource).copied().collect()
    }

    pub fn insert(&mut self, id: GrantSetId, grants: Arc<Grants>, digest: GrantsDigest, cut: Position) {
        self.list(id, &grants, digest);
        self.sets.insert(id, Arc::new(GrantSet { grants, digest, cut, scopes: OnceLock::new(), holders: 0 }));
    }

    /// The credentials that hold the set, including ended ones.
    pub fn holders_of(&self, id: GrantSetId) -> impl Iterator<Item = ServiceCredentialId> + '_ {
        let bounds =
            (id, ServiceCredentialId::from_u128(0))..=(id, ServiceCredentialId::from_u128(u128::MAX));
        self.by_set.range(bounds).map(|(_, holder)| *holder)
    }

    pub fn hold(&mut self, id: GrantSetId, holder: ServiceCredentialId) {
        self.by_set.insert((id, holder));
        if let Some(set) = self.sets.get_mut(&id) {
            Arc::make_mut(set).holders += 1;
        }
    }

    /// The credential holds another set now, which may have the same id.
    pub fn exchange(&mut self, before: GrantSetId, after: GrantSetId, holder: ServiceCredentialId) {
        self.release(before, holder);
        self.by_set.insert((after, holder));
    }

    /// A set without holders is removed.
    pub fn release(&mut self, id: GrantSetId, holder: ServiceCredentialId) {
        self.by_set.remove(&(id, holder));
        self.release_once(id);
    }

    fn release_once(&mut self, id: GrantSetId) {
        let Some(set) = self.sets.get_mut(&id) else { return };
        let set = Arc::make_mut(set);
        set.holders = set.holders.saturating_sub(1);
        if set.holders == 0 {
            let set = set.clone();
            self.unlist(id, &set.grants, set.digest);
            self.sets.remove(&id);
        }
    }

    pub fn apply(&mut self, position: Position, consequence: &GrantsConsequence) {
        let Some(set) = self.sets.get_mut(&consequence.set) else { return };
        let set = Arc::make_mut(set);
        set.scopes = OnceLock::new();
        if consequence.cut {
            set.cut = position;
        }
        if let Some(change) = &consequence.after {
            let before = std::mem::replace(&mut set.grants, change.grants.clone());
            let digest = std::mem::replace(&mut set.digest, change.digest);
            self.unlist(consequence.set, &before, digest);
            self.list(consequence.set, &change.grants, change.digest);
        }
    }

    /// Call after all holders are loaded.
    pub fn forget_unheld(&mut self) {
        let unheld = self.sets.iter().filter(|(_, set)| set.holders == 0).map(|(id, _)| *id);
        unheld.collect::<Vec<_>>().into_iter().for_each(|id| self.release_once(id));
    }

    fn list(&mut self, id: GrantSetId, grants: &Grants, digest: GrantsDigest) {
        self.by_digest.insert(digest, id);
        grants.groups.iter().for_each(|name| self.by_group.insert(name.clone(), id));
        grants.resources.iter().for_each(|grant| self.by_resource.insert(grant.resource.clone(), id));
    }

    fn unlist(&mut self, id: GrantSetId, grants: &Grants, digest: GrantsDigest) {
        self.by_digest.remove(&digest, &id);
        grants.groups.iter().for_each(|name| self.by_group.remove(name, &id));
        grants.resources.iter().for_each(|grant| self.by_resource.remove(&grant.resource, &id));
    }
}

/// Scopes of these groups, as far as they exist, and of these resources.
pub fn scopes_of(
    groups: &imbl::OrdMap<Name, Arc<Group>>,
    names: &[Name],
    resources: &[ResourceGrant],
) -> ScopeSet {
    effective_scopes(names.iter().filter_map(|name| groups.get(name)).map(|group| &**group), resources)
}
