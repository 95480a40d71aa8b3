//! The clients whose tokens an act on an object may end.

use claviger_contract::Timestamp;

use crate::snapshot::realm_view::RealmView;
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialId, GrantsDigest, Key, MemberId, Name, ResourceName, Subject,
    UsedId,
};

pub struct Reached {
    /// With the lifetime of their tokens in seconds.
    pub clients: Vec<(UsedId, i64)>,
    /// The grants of service credentials.
    pub grants: Vec<GrantsDigest>,
}

/// Where more service credentials or applications are concerned, nobody asks for their tokens: it would take too long.
const MAX_HOLDERS: usize = 1_000;

impl RealmView {
    /// `None` if there are too many.
    pub fn reached_by(&self, subject: &Subject, now: Timestamp) -> Option<Reached> {
        let nothing = Reached { clients: Vec::new(), grants: Vec::new() };
        match subject {
            Subject::Credential(id) => {
                let known = self.credentials.get(id).filter(|known| known.revoked.is_none());
                let lifetime = known.map(|known| (id.widen(), known.token_seconds()));
                Some(Reached { clients: lifetime.into_iter().collect(), ..nothing })
            }
            Subject::Application(id) => Some(Reached { clients: vec![application(*id)], ..nothing }),
            Subject::Member(id) => {
                Some(Reached { clients: self.applications_of(std::iter::once(*id), now)?, ..nothing })
            }
            Subject::Object(Key::Group(name)) => {
                let members = self.members_by_group.get(name).copied();
                let clients = self.applications_of(members, now)?;
                let grants = self.grants(std::slice::from_ref(name), None)?;
                Some(Reached { clients, grants })
            }
            Subject::Object(Key::Resource(name)) => {
                let groups: Vec<_> = self.groups_by_resource.get(name).cloned().collect();
                let members = groups.iter().flat_map(|name| self.members_by_group.get(name));
                let mut members: Vec<MemberId> = members.chain(&self.administrators).copied().collect();
                members.sort_unstable();
                members.dedup();
                let clients = self.applications_of(members.into_iter(), now)?;
                Some(Reached { clients, grants: self.grants(&groups, Some(name))? })
            }
            _ => Some(nothing),
        }
    }

    fn applications_of(
        &self,
        members: impl Iterator<Item = MemberId>,
        now: Timestamp,
    ) -> Option<Vec<(UsedId, i64)>> {
        let live = members.flat_map(|id| self.holdings.live_applications(id, now));
        let found: Vec<_> = live.map(application).take(MAX_HOLDERS + 1).collect();
        (found.len() <= MAX_HOLDERS).then_some(found)
    }

    fn grants(&self, groups: &[Name], resource: Option<&ResourceName>) -> Option<Vec<GrantsDigest>> {
        let sets = self.grant_sets.naming(groups, resource);
        let sets: Vec<_> = sets.into_iter().filter_map(|id| self.grant_sets.get(id)).collect();
        let holders: usize = sets.iter().map(|set| set.holders()).sum();
        (holders <= MAX_HOLDERS).then(|| sets.iter().map(|set| set.digest).collect())
    }
}

fn application(id: ApplicationCredentialId) -> (UsedId, i64) {
    (id.widen(), ApplicationCredential::TOKEN_SECONDS)
}
