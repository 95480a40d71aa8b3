//! Effects of an act on what depends on members: their application credentials and opaque tokens.

use std::collections::BTreeSet;

use claviger_contract::{Position, ScopeSet};

use crate::snapshot::reach::Reach;
use crate::snapshot::realm_view::RealmView;
use claviger_domain::{ApplicationCredentialId, Change, Consequences, Member, MemberId, Record};

/// `result` must already hold the effects on groups and members.
pub fn add_for_members(
    realm: &RealmView,
    change: &Change,
    reach: Option<&Reach<'_>>,
    result: &mut Consequences,
) {
    if let Change::Put(record @ Record::Application(credential)) = change {
        let mut after = realm.clone();
        after.put(record.clone(), Position::ZERO);
        result.applications.extend(loses(realm, &after, credential.id).then_some(credential.id));
        return;
    }
    let concerned = concerned(realm, change, reach);
    if concerned.is_empty() {
        return;
    }
    let mut after = realm.clone();
    match change {
        Change::Put(record) => after.put(record.clone(), Position::ZERO),
        Change::Deleted(key) => drop(after.remove(key)),
        _ => return,
    }
    after.bear_losses(result);
    // Most tokens usually belong to members who lose nothing.
    let losers = concerned
        .into_iter()
        .filter_map(|id| realm.members.get(&id))
        .filter(|member| may_lose(realm, &after, member, reach));
    for member in losers {
        let ids = realm.applications_by_member.get(&member.id).copied();
        result.applications.extend(ids.filter(|id| loses(realm, &after, *id)));
        let tokens = realm.tokens_by_member.get(&member.id).filter_map(|id| realm.member_tokens.get(id));
        result.opaque_tokens_lose = result.opaque_tokens_lose
            || tokens.into_iter().any(|token| {
                let worth = |realm: &RealmView| {
                    let owner = realm.members.get(&token.member);
                    owner.map_or_else(ScopeSet::default, |owner| realm.within(owner, &token.scopes))
                };
                !worth(&after).covers_all(&worth(realm))
            });
    }
    result.applications.sort_unstable();
}

/// Members who own something that depends on what the act changes.
fn concerned(realm: &RealmView, change: &Change, reach: Option<&Reach<'_>>) -> BTreeSet<MemberId> {
    let mut found = BTreeSet::new();
    if let Change::Put(Record::Member(member)) = change {
        found.insert(member.id);
    }
    if let Some(reach) = reach {
        let groups = reach.groups();
        found.extend(groups.iter().flat_map(|name| realm.members_by_group.get(name)).copied());
        if reach.resource().is_some() {
            // Administrators hold all registered scopes.
            found.extend(realm.administrators.iter().copied());
        }
    }
    found.retain(|id| {
        realm.applications_by_member.get(id).next().is_some()
            || realm.tokens_by_member.get(id).next().is_some()
    });
    found
}

/// Whether a member may hold less, or changes otherwise. Administrators hold all registered scopes, which are compared
/// later, scope by scope.
fn may_lose(realm: &RealmView, after: &RealmView, member: &Member, reach: Option<&Reach<'_>>) -> bool {
    match after.members.get(&member.id) {
        Some(next) => {
            next.is_active() != member.is_active()
                || next.roles != member.roles
                || (member.administers() && reach.is_some_and(|reach| reach.resource().is_some()))
                || !after.inherited_scopes(next).covers_all(&realm.inherited_scopes(member))
        }
        None => true,
    }
}

/// Whether an application credential holds less afterwards.
fn loses(realm: &RealmView, after: &RealmView, id: ApplicationCredentialId) -> bool {
    match (realm.applications.get(&id), after.applications.get(&id)) {
        (Some(old), Some(new)) => {
            let left = after.scopes_of_application(&new.record);
            !left.covers_all(&realm.scopes_of_application(&old.record))
        }
        _ => false,
    }
}
