//! What many credentials have alike is in memory once: a million pipelines belong to a few groups.

use std::collections::HashMap;
use std::sync::Arc;

use claviger_contract::{RealmLabel, ScopeSet};

use super::credential::scopes_of;
use crate::domain::{Group, Name, ResourceGrant, ServiceCredential};

/// Groups and resources of a credential, and the scopes that they add up to. Cheap to clone.
#[derive(Clone)]
pub struct Grants {
    pub groups: Arc<[Name]>,
    pub resources: Arc<[ResourceGrant]>,
    pub scopes: ScopeSet,
}

/// Kept while the tables are loaded, and no longer.
#[derive(Default)]
pub struct SharedGrants(HashMap<(RealmLabel, Vec<Name>, Vec<ResourceGrant>), Grants>);

/// Where every credential differs there is nothing to share, and a map of all of them would only take memory.
const MOST: usize = 10_000;

impl Grants {
    pub fn of(record: &ServiceCredential, groups: &imbl::OrdMap<Name, Arc<Group>>) -> Self {
        Self {
            groups: record.groups.as_slice().into(),
            resources: record.resources.as_slice().into(),
            scopes: scopes_of(groups, &record.groups, &record.resources),
        }
    }
}

impl SharedGrants {
    /// The record's own, or those of another credential of the realm that has the same.
    pub fn of(
        &mut self,
        realm: &RealmLabel,
        record: &ServiceCredential,
        groups: &imbl::OrdMap<Name, Arc<Group>>,
    ) -> Grants {
        let key = (realm.clone(), record.groups.clone(), record.resources.clone());
        if let Some(known) = self.0.get(&key) {
            return known.clone();
        }
        let grants = Grants::of(record, groups);
        if self.0.len() < MOST {
            self.0.insert(key, grants.clone());
        }
        grants
    }
}
