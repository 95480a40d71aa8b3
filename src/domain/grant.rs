//! Actions granted on one resource, to a group or a credential.

use serde::{Deserialize, Serialize};

use super::ResourceName;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceGrant {
    pub resource: ResourceName,
    /// At least one, sorted, each offered by the resource.
    pub actions: Vec<String>,
}

impl ResourceGrant {
    /// Sorts, and merges what speaks of the same resource.
    pub fn normalise(grants: Vec<Self>) -> Vec<Self> {
        let mut merged = std::collections::BTreeMap::<ResourceName, Vec<String>>::new();
        for grant in grants {
            merged.entry(grant.resource).or_default().extend(grant.actions);
        }
        merged
            .into_iter()
            .map(|(resource, mut actions)| {
                actions.sort_unstable();
                actions.dedup();
                Self { resource, actions }
            })
            .collect()
    }
}
