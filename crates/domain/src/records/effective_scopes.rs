//! The scopes of a holder of groups and grants, and the source of each scope.

use std::collections::BTreeMap;

use claviger_contract::{Scope, ScopeSet};
use serde::{Deserialize, Serialize};

use crate::records::grant::ResourceGrant;
use crate::records::group::Group;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Origin {
    Group(String),
    Resource(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveScope {
    pub scope: Scope,
    pub from: Vec<Origin>,
}

/// The union over the groups' scopes and resource grants and the holder's own grants, in its minimal form.
pub fn effective_scopes<'a>(
    groups: impl IntoIterator<Item = &'a Group>,
    grants: &[ResourceGrant],
) -> ScopeSet {
    let mut all = Vec::new();
    for group in groups {
        all.extend(group.scopes.iter().cloned());
        all.extend(granted(&group.resources));
    }
    all.extend(granted(grants));
    all.into_iter().collect()
}

/// The same set, each scope with the groups and resources that grant it or a scope that implies it.
pub fn explain_scopes<'a>(
    groups: impl IntoIterator<Item = &'a Group>,
    grants: &[ResourceGrant],
) -> Vec<EffectiveScope> {
    let mut sources: Vec<(Scope, Origin)> = Vec::new();
    for group in groups {
        let origin = Origin::Group(group.name.to_string());
        let scopes = group.scopes.iter().cloned().chain(granted(&group.resources));
        sources.extend(scopes.map(|scope| (scope, origin.clone())));
    }
    for grant in grants {
        let origin = Origin::Resource(grant.resource.to_string());
        sources.extend(granted(std::slice::from_ref(grant)).map(|scope| (scope, origin.clone())));
    }
    let minimal: ScopeSet = sources.iter().map(|(scope, _)| scope.clone()).collect();
    let mut explained: BTreeMap<Scope, Vec<Origin>> = BTreeMap::new();
    for (scope, origin) in sources {
        if minimal.iter().any(|kept| *kept == scope) {
            explained.entry(scope).or_default().push(origin);
        }
    }
    explained
        .into_iter()
        .map(|(scope, mut from)| {
            from.sort();
            from.dedup();
            EffectiveScope { scope, from }
        })
        .collect()
}

fn granted(grants: &[ResourceGrant]) -> impl Iterator<Item = Scope> + '_ {
    grants.iter().flat_map(|grant| {
        grant.actions.iter().filter_map(|action| {
            // Both parts were checked against the same grammar when they were registered.
            Scope::on_resource(grant.resource.kind(), grant.resource.name(), action).ok()
        })
    })
}
