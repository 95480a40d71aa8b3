//! Checks whether one more object is within the limits, at commit against the state there.

use claviger_api::FieldError;
use claviger_contract::{MAX_GROUPS_BYTES, MAX_SCOPE_BYTES, Scope, ScopeSet, group_bytes};

use crate::administration::error::AdministrationError;
use crate::ledger::Scene;
use crate::snapshot::{Holding, RealmView};
use claviger_domain::{Bound, Group, LimitReached, Limits, MemberId, MemberTokenKind, Name, ResourceGrant};

pub fn room_for_member_token(
    scene: &Scene<'_>,
    realm: &RealmView,
    member: MemberId,
    kind: MemberTokenKind,
) -> Result<(), LimitReached> {
    let bound = match kind {
        MemberTokenKind::ApiToken => Bound::ApiTokensPerMember,
        MemberTokenKind::PersonalAccessToken => Bound::PersonalAccessTokensPerMember,
        MemberTokenKind::Session => Bound::SessionsPerMember,
    };
    let all = [Holding::ApiToken, Holding::PersonalAccessToken, Holding::Session];
    room_for(scene, realm, (bound, kind.into(), member), (Bound::MemberTokensPerRealm, &all))
}

pub fn room_for_application(
    scene: &Scene<'_>,
    realm: &RealmView,
    member: MemberId,
) -> Result<(), LimitReached> {
    let bound = Bound::ApplicationCredentialsPerMember;
    let in_all = (Bound::ApplicationCredentialsPerRealm, &[Holding::Application][..]);
    room_for(scene, realm, (bound, Holding::Application, member), in_all)
}

/// Checks the limit per holder, and the total.
fn room_for(
    scene: &Scene<'_>,
    realm: &RealmView,
    (bound, held, holder): (Bound, Holding, MemberId),
    (bound_of_all, all): (Bound, &[Holding]),
) -> Result<(), LimitReached> {
    let (holdings, holder) = (&realm.holdings, holder.widen());
    let live = || holdings.live(held, holder, scene.now);
    scene.limits.check_ending(bound, holdings.remembered(held, holder), live)?;
    let total = all.iter().map(|held| holdings.total(*held)).sum();
    scene.limits.check_ending(bound_of_all, total, || realm.total_live(all, scene.now))
}

/// Expired credentials keep their names, and count until they are revoked.
pub fn room_for_credentials(scene: &Scene<'_>, realm: &RealmView, more: usize) -> Result<(), LimitReached> {
    let (bound, kept) =
        (Bound::ServiceCredentialsPerRealm, realm.live_names.len() + realm.overlaps.credentials());
    scene.limits.check(bound, kept, more)?;
    scene.limits.check_ending(bound, realm.credentials.len(), || kept)
}

/// Limits of lists in a request. A list that shrinks or stays the same is never refused.
pub struct ListBounds<'a> {
    limits: &'a Limits,
    errors: Vec<FieldError>,
}

impl<'a> ListBounds<'a> {
    pub const fn of(limits: &'a Limits) -> Self {
        Self { limits, errors: Vec::new() }
    }

    pub fn groups(self, before: usize, groups: &[Name]) -> Self {
        let bytes = groups.iter().map(|name| group_bytes(name.as_str())).sum();
        self.list(Bound::GroupsPerCredential, "groups", before, groups.len()).in_token(
            "groups",
            "the names",
            (bytes, MAX_GROUPS_BYTES),
            groups.len() > before,
        )
    }

    pub fn grants(self, before: usize, grants: &[ResourceGrant]) -> Self {
        self.list(Bound::GrantsPerHolder, "resources", before, grants.len())
    }

    pub fn scopes(self, before: usize, count: usize) -> Self {
        self.list(Bound::ScopesPerHolder, "scopes", before, count)
    }

    /// For a token or client with exactly these scopes.
    pub fn token_scopes(self, before: usize, scopes: &[Scope]) -> Self {
        let bytes = scopes.iter().cloned().collect::<ScopeSet>().text_len();
        self.scopes(before, scopes.len()).in_token(
            "scopes",
            "they",
            (bytes, MAX_SCOPE_BYTES),
            scopes.len() > before,
        )
    }

    /// `before` is `None` for a new group.
    pub fn group(self, before: Option<&Group>, after: &Group) -> Self {
        let scopes = before.map_or(0, |before| before.scopes.len());
        let resources = before.map_or(0, |before| before.resources.len());
        self.scopes(scopes, after.scopes.len()).grants(resources, &after.resources)
    }

    pub fn actions(self, before: usize, count: usize) -> Self {
        self.list(Bound::ActionsPerResource, "actions", before, count)
    }

    pub fn check(self) -> Result<(), AdministrationError> {
        AdministrationError::unless_empty(self.errors)
    }

    /// What is issued must fit into the headers that carry it.
    fn in_token(mut self, field: &str, what: &str, (bytes, most): (usize, usize), has_grown: bool) -> Self {
        if bytes > most && has_grown {
            let why = format!("{what} would take {bytes} bytes in a token, and the maximum is {most}");
            self.errors.push(FieldError::new(field, why));
        }
        self
    }

    fn list(mut self, bound: Bound, field: &str, before: usize, count: usize) -> Self {
        let reached = self.limits.check(bound, 0, count).err().filter(|_| count > before);
        self.errors.extend(reached.map(|reached| FieldError::new(field, reached)));
        self
    }
}
