//! Whether a grant set loses something. Decided scope by scope, because an act may affect a hundred thousand different
//! sets.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use claviger_contract::{Scope, ScopeSet};

use crate::crypto::digest_grants;
use crate::snapshot::grant_sets::GrantSet;
use crate::snapshot::grant_sets::scopes_of;
use crate::snapshot::reach::Reach;
use claviger_domain::{GrantSetId, Grants, GrantsChange, GrantsConsequence, Group, Name, ResourceGrant};

/// What an act takes from holders of a group, and what groups contain afterwards.
pub struct Lost<'a> {
    reach: &'a Reach<'a>,
    /// By affected group: the scopes it had and no longer covers.
    by_group: HashMap<Name, ScopeSet>,
    groups: &'a imbl::OrdMap<Name, Arc<Group>>,
    /// The resulting scopes of a group, computed once for all sets.
    left: RefCell<HashMap<Name, ScopeSet>>,
}

impl<'a> Lost<'a> {
    /// `groups` are those after the act.
    pub fn of(
        realm: &crate::snapshot::realm_view::RealmView,
        reach: &'a Reach<'a>,
        touched: &[Name],
        groups: &'a imbl::OrdMap<Name, Arc<Group>>,
    ) -> Self {
        let of_group = |name: &Name| {
            let names = std::slice::from_ref(name);
            let (before, after) = (scopes_of(&realm.groups, names, &[]), scopes_of(groups, names, &[]));
            let lost = before.iter().filter(|scope| !after.covers(scope)).cloned().collect();
            (name.clone(), lost)
        };
        let by_group = touched.iter().map(of_group).collect();
        Self { reach, by_group, groups, left: RefCell::default() }
    }

    /// `None` if the set does not change.
    pub fn for_set(&self, id: GrantSetId, set: &GrantSet) -> Option<GrantsConsequence> {
        let before = &set.grants;
        let after = self.reach.loss.of_grants(before);
        let touched: Vec<&ScopeSet> =
            before.groups.iter().filter_map(|name| self.by_group.get(name)).collect();
        if after.is_none() && touched.is_empty() {
            return None;
        }
        let left = after.as_ref().unwrap_or(before);
        let own = scopes_of(self.groups, &[], if after.is_some() { &before.resources } else { &[] });
        let mut lost = touched.into_iter().flatten().chain(own.iter());
        let cut = lost.any(|scope| !self.covers(left, scope));
        let after =
            after.map(|grants| GrantsChange { digest: digest_grants(&grants), grants: Arc::new(grants) });
        Some(GrantsConsequence { set: id, before: set.digest, after, cut })
    }

    fn covers(&self, left: &Grants, scope: &Scope) -> bool {
        left.groups.iter().any(|name| self.group_covers(name, scope))
            || left.resources.iter().any(|grant| grant_covers(grant, scope))
    }

    fn group_covers(&self, name: &Name, scope: &Scope) -> bool {
        let mut left = self.left.borrow_mut();
        if !left.contains_key(name) {
            left.insert(name.clone(), scopes_of(self.groups, std::slice::from_ref(name), &[]));
        }
        left.get(name).is_some_and(|left| left.covers(scope))
    }
}

/// A grant on one resource never covers another resource.
fn grant_covers(grant: &ResourceGrant, scope: &Scope) -> bool {
    let (kind, name) = (grant.resource.kind(), grant.resource.name());
    scope.resource() == Some((kind, name))
        && grant
            .actions
            .iter()
            .any(|action| Scope::on_resource(kind, name, action).is_ok_and(|granted| granted.implies(scope)))
}
