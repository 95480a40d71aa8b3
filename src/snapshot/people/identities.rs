//! Which members the people at providers are.

use std::sync::Arc;

use claviger_contract::Timestamp;

use crate::snapshot::index::Index;
use claviger_domain::{IdentityLink, IdentityLinkId, MemberId, ProviderIdentity};

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Identities {
    links: imbl::OrdMap<IdentityLinkId, Arc<IdentityLink>>,
    by_member: Index<MemberId, IdentityLinkId>,
    by_identity: imbl::OrdMap<ProviderIdentity, IdentityLinkId>,
}

impl Identities {
    /// Linked, or requested.
    pub fn find(&self, identity: &ProviderIdentity) -> Option<&Arc<IdentityLink>> {
        self.links.get(self.by_identity.get(identity)?)
    }

    /// Linked and requested ones, in order of creation.
    pub fn of_member(&self, member: MemberId) -> impl Iterator<Item = &Arc<IdentityLink>> {
        let ids: Vec<IdentityLinkId> = self.by_member.get(&member).copied().collect();
        ids.into_iter().filter_map(|id| self.links.get(&id))
    }

    /// Those that an account holder may approve, in order of creation.
    pub fn requested(&self, now: Timestamp) -> impl Iterator<Item = &Arc<IdentityLink>> {
        self.links.values().filter(move |link| link.is_requested(now))
    }

    pub(in crate::snapshot) fn put(&mut self, link: IdentityLink) {
        self.remove(link.id);
        self.by_member.insert(link.member, link.id);
        self.by_identity.insert(link.identity.clone(), link.id);
        self.links.insert(link.id, Arc::new(link));
    }

    /// Returns whether it existed.
    pub(in crate::snapshot) fn remove(&mut self, id: IdentityLinkId) -> bool {
        let Some(known) = self.links.remove(&id) else { return false };
        self.by_member.remove(&known.member, &id);
        self.by_identity.remove(&known.identity);
        true
    }
}
