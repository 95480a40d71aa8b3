//! Maintains indexed data: groups, members, and credentials with their grants.

use std::sync::Arc;

use claviger_contract::Position;

use crate::crypto::digest_grants;
use crate::snapshot::credential::Credential;
use crate::snapshot::endings::holdings::Ending;
use crate::snapshot::realm_view::RealmView;
use claviger_domain::{
    GrantSetId, Grants, Group, Held, Member, Name, Replaced, ResourceName, ServiceCredential,
    ServiceCredentialId,
};

impl RealmView {
    pub(super) fn put_group(&mut self, group: Group) {
        self.remove_group(&group.name);
        for resource in named_resources(&group) {
            self.groups_by_resource.insert(resource, group.name.clone());
        }
        self.groups.insert(group.name.clone(), Arc::new(group));
    }

    /// Returns whether it existed.
    pub(super) fn remove_group(&mut self, name: &Name) -> bool {
        let Some(known) = self.groups.remove(name) else { return false };
        for resource in named_resources(&known) {
            self.groups_by_resource.remove(&resource, name);
        }
        true
    }

    pub(super) fn put_member(&mut self, member: Member) {
        let id = member.id;
        if let Some(known) = self.members.get(&id) {
            known.groups.iter().for_each(|name| self.members_by_group.remove(name, &id));
            self.members_by_email.remove(&known.email);
            self.administrators.remove(&id);
        }
        member.groups.iter().for_each(|name| self.members_by_group.insert(name.clone(), id));
        self.members_by_email.insert(member.email.clone(), id);
        if member.administers() {
            self.administrators.insert(id);
        }
        self.members.insert(id, Arc::new(member));
    }

    pub(super) fn put_credential(&mut self, record: &ServiceCredential, position: Position) {
        let grants = Grants { groups: record.groups.clone(), resources: record.resources.clone() };
        let held = self.hold(position, &grants, record.id);
        self.put_holder(record, position, held);
    }

    /// For a set loaded from the tables.
    pub fn load_grants(&mut self, id: GrantSetId, grants: Grants, cut: Position) {
        let digest = digest_grants(&grants);
        self.grant_sets.insert(id, Arc::new(grants), digest, cut);
    }

    /// For a table row whose set is already loaded.
    pub fn load_credential(&mut self, record: &ServiceCredential, own_cut: Position, held: Held) {
        self.grant_sets.hold(held.set, record.id);
        self.put_holder(record, own_cut, held);
    }

    fn put_holder(&mut self, record: &ServiceCredential, own_cut: Position, held: Held) {
        match record.overlap_ends_at {
            _ if record.revocation.is_some() => {}
            Some(end) => self.overlaps.insert(end, Replaced::Credential(record.id)),
            None => drop(self.live_names.insert(record.name.clone(), record.id)),
        }
        if let Some(revocation) = &record.revocation {
            self.restrictions.note_position(revocation.position);
            self.holdings.put_end(revocation.at, Ending::Credential(record.id));
        }
        let credential = Credential::new(record, own_cut, held);
        self.credentials.insert(record.id, Arc::new(credential));
    }

    /// Number of grant sets held by credentials, including ended ones until they are forgotten.
    pub fn grant_set_count(&self) -> usize {
        self.grant_sets.count()
    }

    pub fn forget_unheld_grants(&mut self) {
        self.grant_sets.forget_unheld();
    }

    /// Returns the set with the same grants, or a new one.
    pub(super) fn hold(&mut self, position: Position, grants: &Grants, holder: ServiceCredentialId) -> Held {
        let digest = digest_grants(grants);
        let set = self.grant_sets.find(digest).unwrap_or_else(|| {
            let id = GrantSetId::made_at(position);
            self.grant_sets.insert(id, Arc::new(grants.clone()), digest, Position::ZERO);
            id
        });
        self.grant_sets.hold(set, holder);
        Held { set, since: position }
    }
}

/// The resources named in its grants and in its scopes of the form `type/name:action`.
fn named_resources(group: &Group) -> impl Iterator<Item = ResourceName> {
    let by_scope = group.scopes.iter().filter_map(|scope| scope.resource());
    let by_scope = by_scope.filter_map(|(kind, name)| ResourceName::new(kind, name).ok());
    group.resources.iter().map(|grant| grant.resource.clone()).chain(by_scope)
}
