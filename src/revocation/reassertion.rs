//! Which acts end again what is alive in a restored database. Pure.

use claviger_contract::{Scope, Timestamp};

use crate::snapshot::RealmView;
use claviger_domain::{
    Actor, ApplicationCredential, ApplicationCredentialState, Change, Group, Key, LocalAccount, Member,
    MemberId, MemberState, MemberToken, MemberTokenState, Name, RegistryRefreshToken,
    RegistryRefreshTokenState, Resource, ResourceGrant, Restriction, Role,
};

/// A token expired by this clock may be alive by another. Its revocation is repeated for one more day.
const DAY_SECONDS: i64 = 86_400;

/// The time and actor of the acts.
pub struct Moment<'a> {
    pub now: Timestamp,
    pub by: &'a Actor,
    /// Whether the realm has this signing key. Its snapshot was loaded without keys.
    pub has_key: &'a dyn Fn(&str) -> bool,
}

/// Nothing if the object has already ended or does not exist. Takes away whatever exceeds the restriction; never grants
/// anything.
pub fn changes(realm: &RealmView, what: &Restriction, moment: &Moment<'_>) -> Vec<Change> {
    // Whether the member is enabled in the backup or not.
    if let Restriction::MemberEnabled { id, roles, groups } = what {
        let mut changes = end_what_they_own(realm, *id, moment.now);
        if last_holder(realm, what).is_none() {
            changes.extend(member_left(realm, *id, (roles, groups), moment.now));
        }
        return changes;
    }
    if let Some(id) = last_holder(realm, what) {
        return end_what_they_own(realm, id, moment.now);
    }
    change(realm, what, moment).into_iter().collect()
}

fn change(realm: &RealmView, what: &Restriction, moment: &Moment<'_>) -> Option<Change> {
    let (now, by) = (moment.now, || moment.by.clone());
    match what {
        Restriction::RealmSuspended { since: suspended_at @ Some(_) } => {
            let suspended_at = *suspended_at;
            realm.record.suspended_at.is_none().then_some(Change::RealmCut { suspended_at, at: now })
        }
        Restriction::RealmSuspended { since: None } | Restriction::TokensCut => {
            Some(Change::RealmCut { suspended_at: realm.record.suspended_at, at: now })
        }
        Restriction::RealmDeleted { .. } => Some(Change::RealmDeleted { at: now }),
        Restriction::Deleted(key) => {
            let exists = match key {
                Key::Scope(scope) => {
                    realm.scopes.contains_key(scope)
                        && !realm.groups.values().any(|group| group.scopes.contains(scope))
                }
                Key::SigningKey(kid) => (moment.has_key)(kid),
                key => realm.clone().remove(key),
            };
            exists.then(|| Change::Deleted(key.clone()))
        }
        Restriction::ResourceLeft { name, actions } => {
            let known = realm.resources.get(name)?;
            let left = left(&known.actions, actions)?;
            let resource = Resource { actions: left, updated_at: now, ..(**known).clone() };
            Some(Change::put(resource))
        }
        Restriction::GroupLeft { name, scopes, resources } => {
            let known = realm.groups.get(name)?;
            let (scopes, resources) = (left(&known.scopes, scopes), grants_left(&known.resources, resources));
            if scopes.is_none() && resources.is_none() {
                return None;
            }
            let group = Group {
                scopes: scopes.unwrap_or_else(|| known.scopes.clone()),
                resources: resources.unwrap_or_else(|| known.resources.clone()),
                updated_at: now,
                ..(**known).clone()
            };
            Some(Change::put(group))
        }
        Restriction::MemberLeft { id, roles, groups } => member_left(realm, *id, (roles, groups), now),
        Restriction::MemberDisabled { id } => {
            let known = realm.members.get(id).filter(|member| member.is_active())?;
            let state = MemberState::Disabled { at: now };
            Some(Change::put(Member { state, updated_at: now, ..(**known).clone() }))
        }
        Restriction::MemberEnabled { .. } => None,
        Restriction::MemberTokenRevoked { id } => revoked_token(realm.member_tokens.get(id)?, now),
        Restriction::LocalAccountLeft { id, secrets, recovery_codes, recovery_codes_left } => {
            let known = realm.local_accounts.get(id)?;
            if known.secrets != *secrets {
                return Some(Change::Deleted(Key::LocalAccount(*id)));
            }
            let same_codes =
                known.recovery_codes == *recovery_codes && known.recovery_codes_left == *recovery_codes_left;
            let left = if same_codes { known.recovery_codes_left } else { 0 };
            let account = LocalAccount { invitation: None, recovery_codes_left: left, ..(**known).clone() };
            (account != **known).then(|| Change::put(LocalAccount { updated_at: now, ..account }))
        }
        Restriction::ApplicationLeft { id, scopes } => {
            let known = &realm.applications.get(id)?.record;
            let scopes: Vec<Scope> = left(&known.scopes, scopes)?;
            let credential = ApplicationCredential { scopes, updated_at: now, ..(**known).clone() };
            Some(Change::put(credential))
        }
        // Its successor was created after the backup and is lost, so the overlap cannot be restored.
        Restriction::ApplicationReplaced { id, .. } | Restriction::ApplicationRevoked { id } => {
            revoked_application(&realm.applications.get(id)?.record, now)
        }
        Restriction::ResourceServerReplaced { id, .. } => {
            realm.servers.get(*id).map(|_| Change::Deleted(Key::ResourceServer(*id)))
        }
        Restriction::RegistryTokenRevoked { id } => {
            let known = realm.registry_tokens.get(id)?;
            let state = RegistryRefreshTokenState::Revoked { at: now };
            (known.state == RegistryRefreshTokenState::Active)
                .then(|| Change::put(RegistryRefreshToken { state, ..(**known).clone() }))
        }
        Restriction::CredentialLeft { id, groups, resources } => {
            let known = realm.find_credential(*id).filter(|known| known.revoked.is_none())?;
            let (groups, resources) =
                (left(known.groups(), groups), grants_left(known.resources(), resources));
            if groups.is_none() && resources.is_none() {
                return None;
            }
            let groups: Vec<Name> = groups.unwrap_or_else(|| known.groups().to_vec());
            let resources = resources.unwrap_or_else(|| known.resources().to_vec());
            Some(Change::CredentialEdited { id: *id, groups, resources, at: now, by: by() })
        }
        Restriction::CredentialReplaced { id, .. } | Restriction::CredentialRevoked { id } => {
            realm.credentials.get(id).filter(|known| known.revoked.is_none())?;
            Some(Change::CredentialRevoked { id: *id, at: now, by: by() })
        }
        Restriction::TokenRevoked { jti, client_id, expires_at } => {
            let known = realm.revoked_tokens.get(jti);
            let matters = now < expires_at.plus_seconds(DAY_SECONDS)
                && known.is_none_or(|known| known.forget_after < *expires_at);
            matters.then(|| Change::TokenRevoked {
                jti: jti.clone(),
                client_id: *client_id,
                expires_at: *expires_at,
            })
        }
    }
}

/// The member whose restriction would leave the realm without an account holder.
fn last_holder(realm: &RealmView, what: &Restriction) -> Option<MemberId> {
    let id = match what {
        Restriction::MemberDisabled { id } => *id,
        Restriction::MemberLeft { id, roles, .. } | Restriction::MemberEnabled { id, roles, .. }
            if !roles.contains(&Role::AccountHolder) =>
        {
            *id
        }
        _ => return None,
    };
    let holds = |member: &Member| member.is_active() && member.has_role(Role::AccountHolder);
    let is_holder = realm.members.get(&id).is_some_and(|member| holds(member));
    let others = realm.members.values().any(|member| member.id != id && holds(member));
    (is_holder && !others).then_some(id)
}

/// The member without what it has beyond these roles and groups; `None` if it has no more.
fn member_left(
    realm: &RealmView,
    id: MemberId,
    (roles, groups): (&[Role], &[Name]),
    now: Timestamp,
) -> Option<Change> {
    let known = realm.members.get(&id)?;
    let (roles, groups) = (left(&known.roles, roles), left(&known.groups, groups));
    if roles.is_none() && groups.is_none() {
        return None;
    }
    let member = Member {
        roles: roles.unwrap_or_else(|| known.roles.clone()),
        groups: groups.unwrap_or_else(|| known.groups.clone()),
        updated_at: now,
        ..(**known).clone()
    };
    Some(Change::put(member))
}

/// The member stays, without credentials. The operator of the machine creates a new token, for this member or another.
fn end_what_they_own(realm: &RealmView, id: MemberId, now: Timestamp) -> Vec<Change> {
    let tokens = realm.member_tokens.values().filter(|token| token.member == id);
    let applications = realm.applications.values().filter(|application| application.record.member == id);
    let applications = applications.filter_map(|application| revoked_application(&application.record, now));
    tokens.filter_map(|token| revoked_token(token, now)).chain(applications).collect()
}

fn revoked_token(known: &MemberToken, now: Timestamp) -> Option<Change> {
    let state = MemberTokenState::Revoked { at: now };
    (known.state == MemberTokenState::Active).then(|| Change::put(MemberToken { state, ..known.clone() }))
}

fn revoked_application(known: &ApplicationCredential, now: Timestamp) -> Option<Change> {
    let state = ApplicationCredentialState::Revoked { at: now };
    (known.state == ApplicationCredentialState::Active)
        .then(|| Change::put(ApplicationCredential { state, updated_at: now, ..known.clone() }))
}

/// The elements of `known` that are also in `kept`; `None` if that is all of them.
fn left<T: PartialEq + Clone>(known: &[T], kept: &[T]) -> Option<Vec<T>> {
    let left: Vec<T> = known.iter().filter(|one| kept.contains(one)).cloned().collect();
    (left.len() < known.len()).then_some(left)
}

fn grants_left(known: &[ResourceGrant], kept: &[ResourceGrant]) -> Option<Vec<ResourceGrant>> {
    let actions = |grant: &ResourceGrant| {
        let kept = kept.iter().find(|kept| kept.resource == grant.resource);
        let actions = left(&grant.actions, kept.map_or(&[], |kept| &kept.actions));
        actions.unwrap_or_else(|| grant.actions.clone())
    };
    let left: Vec<ResourceGrant> = known
        .iter()
        .map(|grant| ResourceGrant { actions: actions(grant), resource: grant.resource.clone() })
        .filter(|grant| !grant.actions.is_empty())
        .collect();
    (left != known).then_some(left)
}
