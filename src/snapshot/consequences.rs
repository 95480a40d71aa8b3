//! Indirect effects of an act, computed from the state before it.

use std::sync::Arc;

use crate::snapshot::consequences_for_members::add_for_members;
use crate::snapshot::grant_sets::scopes_of;
use crate::snapshot::lost::Lost;
use crate::snapshot::people::owned::owned;
use crate::snapshot::reach::{Loss, Reach};
use crate::snapshot::realm_view::RealmView;
use crate::snapshot::restricted::add_restricted;
use claviger_domain::{Change, Consequences, CredentialConsequence, Grants, Group, MemberConsequence};

/// The writer and every reader of the log call this on the same state, so they agree on every loss. The cost is
/// proportional to what it finds: an act that changes no grants examines no holder.
pub fn consequences(realm: &RealmView, change: &Change) -> Consequences {
    let mut result = of_holders(realm, change);
    add_restricted(realm, change, &mut result);
    result
}

fn of_holders(realm: &RealmView, change: &Change) -> Consequences {
    let mut result = Consequences::default();
    if let Change::CredentialEdited { id, groups, resources, .. } = change {
        let grants = Grants { groups: groups.clone(), resources: resources.clone() };
        result.edited = realm.find_credential(*id).map(|known| CredentialConsequence {
            id: *id,
            cut: !scopes_of(&realm.groups, &grants.groups, &grants.resources).covers_all(known.scopes()),
            grants,
            cut_before: known.cut(),
        });
        return result;
    }
    if let Change::MemberEnabled { id, at, .. } = change {
        result.owned = Some(owned(realm, *id, *at));
        return result;
    }
    let reach = Reach::of(realm, change);
    if let Some(reach) = &reach {
        add_for_grants(realm, reach, &mut result);
    }
    add_for_members(realm, change, reach.as_ref(), &mut result);
    result
}

/// Groups, members' groups and credentials' grants.
fn add_for_grants(realm: &RealmView, reach: &Reach<'_>, result: &mut Consequences) {
    let touched = reach.groups();
    let mut groups: imbl::OrdMap<_, Arc<Group>> = realm.groups.clone();
    if let Some(group) = reach.put {
        groups.insert(group.name.clone(), Arc::new(group.clone()));
    }
    if let Loss::Group(name) = reach.loss {
        groups.remove(name);
        let members = realm.members_by_group.get(name).filter_map(|id| realm.members.get(id));
        result.members = members
            .filter_map(|member| {
                let groups = reach.loss.leave(&member.groups)?;
                Some(MemberConsequence { id: member.id, groups })
            })
            .collect();
    }
    for pruned in &reach.pruned {
        if let Some(group) = groups.get_mut(&pruned.name) {
            let group = Arc::make_mut(group);
            group.scopes.clone_from(&pruned.scopes);
            group.resources.clone_from(&pruned.resources);
        }
    }
    result.groups.clone_from(&reach.pruned);
    let lost = Lost::of(realm, reach, &touched, &groups);
    for id in realm.grant_sets.naming(&touched, reach.resource()) {
        let consequence = realm.grant_sets.get(id).and_then(|set| lost.for_set(id, set));
        result.grants.extend(consequence);
    }
}
