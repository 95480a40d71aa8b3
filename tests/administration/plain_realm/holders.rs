//! The reference model for the plain walk.

use std::collections::{BTreeMap, BTreeSet};

use claviger::snapshot::RealmView;
use claviger_contract::{Position, Scope, ScopeSet};
use claviger_domain::{
    ApplicationCredential, ApplicationCredentialId, ApplicationCredentialState, Change, CredentialRevocation,
    Group, Key, Member, MemberId, MemberState, MemberToken, MemberTokenId, MemberTokenState, Name, Record,
    Resource, ResourceGrant, ResourceName, Role, ServiceCredential, ServiceCredentialId, effective_scopes,
};

/// Every credential has its own lists, scopes and cut.
#[derive(Clone, Default)]
pub struct Plain {
    pub groups: BTreeMap<Name, Group>,
    pub resources: BTreeMap<ResourceName, Resource>,
    pub scopes: BTreeSet<Scope>,
    pub members: BTreeMap<MemberId, Member>,
    pub tokens: BTreeMap<MemberTokenId, MemberToken>,
    pub applications: BTreeMap<ApplicationCredentialId, (ApplicationCredential, Position)>,
    pub credentials: BTreeMap<ServiceCredentialId, (ServiceCredential, Position)>,
}

impl Plain {
    fn granted(&self, id: ServiceCredentialId) -> ScopeSet {
        let (record, _) = &self.credentials[&id];
        let groups = record.groups.iter().filter_map(|name| self.groups.get(name));
        effective_scopes(groups, &record.resources)
    }

    fn worth(&self, member: MemberId, scopes: &[Scope]) -> ScopeSet {
        let owner = &self.members[&member];
        if owner.state != MemberState::Active {
            return ScopeSet::default();
        }
        if owner.roles.contains(&Role::SysAdmin) {
            return scopes.iter().filter(|scope| self.knows(scope)).cloned().collect();
        }
        let groups = owner.groups.iter().filter_map(|name| self.groups.get(name));
        scopes.iter().cloned().collect::<ScopeSet>().intersection(&effective_scopes(groups, &[]))
    }

    fn knows(&self, scope: &Scope) -> bool {
        match scope.resource() {
            None => self.scopes.contains(scope),
            Some((kind, name)) => self
                .resources
                .get(&ResourceName::new(kind, name).unwrap())
                .is_some_and(|resource| resource.offers(scope.action().unwrap())),
        }
    }

    /// Returns whether anything was taken away.
    pub fn apply(&mut self, change: &Change, position: Position) -> bool {
        let before = self.clone();
        self.change(change, position);
        let mut lost = false;
        for id in before.credentials.keys() {
            if !self.granted(*id).covers_all(&before.granted(*id)) {
                self.credentials.get_mut(id).unwrap().1 = position;
                lost = true;
            }
        }
        for (id, (old, _)) in &before.applications {
            let left = self.worth(old.member, &self.applications[id].0.scopes);
            if !left.covers_all(&before.worth(old.member, &old.scopes)) {
                self.applications.get_mut(id).unwrap().1 = position;
                lost = true;
            }
        }
        for token in before.tokens.values() {
            let worth = |plain: &Self| plain.worth(token.member, &token.scopes);
            lost |= !worth(self).covers_all(&worth(&before));
        }
        lost
    }

    fn change(&mut self, change: &Change, position: Position) {
        match change {
            Change::Put(Record::Scope(entry)) => drop(self.scopes.insert(entry.scope.clone())),
            Change::Put(Record::Group(group)) => drop(self.groups.insert(group.name.clone(), group.clone())),
            Change::Deleted(Key::Group(name)) => {
                self.groups.remove(name);
                self.members.values_mut().for_each(|member| member.groups.retain(|known| known != name));
                let records = self.credentials.values_mut();
                records.for_each(|(record, _)| record.groups.retain(|known| known != name));
            }
            Change::Put(Record::Resource(resource)) => {
                self.resources.insert(resource.name.clone(), resource.clone());
                self.prune(&resource.name, &resource.actions);
            }
            Change::Deleted(Key::Resource(name)) => {
                self.resources.remove(name);
                self.prune(name, &[]);
            }
            Change::Put(Record::Member(member)) => drop(self.members.insert(member.id, member.clone())),
            Change::MemberEnabled { id, at, .. } => {
                self.members.get_mut(id).unwrap().state = MemberState::Active;
                for token in self.tokens.values_mut().filter(|token| token.member == *id) {
                    token.state = MemberTokenState::Revoked { at: *at };
                }
                for (application, _) in
                    self.applications.values_mut().filter(|(known, _)| known.member == *id)
                {
                    application.state = ApplicationCredentialState::Revoked { at: *at };
                }
            }
            Change::Put(Record::MemberToken(token)) => drop(self.tokens.insert(token.id, token.clone())),
            Change::Put(Record::Application(credential)) => {
                let cut = self.applications.get(&credential.id).map_or(position, |(_, cut)| *cut);
                self.applications.insert(credential.id, (credential.clone(), cut));
            }
            Change::Put(Record::Credential(credential))
            | Change::CredentialRenewed { successor: credential, .. } => {
                self.credentials.insert(credential.id, (credential.clone(), position));
            }
            Change::CredentialEdited { id, groups, resources, .. } => {
                let (record, _) = self.credentials.get_mut(id).unwrap();
                (record.groups, record.resources) = (groups.clone(), resources.clone());
            }
            Change::CredentialRevoked { id, at, by } => {
                let revocation = CredentialRevocation { at: *at, by: by.clone(), position };
                self.credentials.get_mut(id).unwrap().0.revocation = Some(revocation);
            }
            _ => {}
        }
    }

    /// Acts affect ended objects until memory drops them, and not afterwards.
    pub fn forget_revoked(&mut self) {
        self.credentials.retain(|_, (record, _)| record.revocation.is_none());
        self.tokens.retain(|_, token| token.state == MemberTokenState::Active);
        self.applications.retain(|_, (known, _)| known.state == ApplicationCredentialState::Active);
    }

    fn prune(&mut self, name: &ResourceName, kept: &[String]) {
        let prune = |grants: &mut Vec<ResourceGrant>| {
            for grant in grants.iter_mut().filter(|grant| grant.resource == *name) {
                grant.actions.retain(|action| kept.contains(action));
            }
            grants.retain(|grant| !grant.actions.is_empty());
        };
        for group in self.groups.values_mut() {
            prune(&mut group.resources);
            group.scopes.retain(|scope| {
                scope.resource() != Some((name.kind(), name.name()))
                    || kept.iter().any(|action| Some(action.as_str()) == scope.action())
            });
        }
        self.credentials.values_mut().for_each(|(record, _)| prune(&mut record.resources));
    }

    pub fn assert_is(&self, realm: &RealmView, what: &str) {
        assert_eq!(realm.credentials.len(), self.credentials.len(), "{what}");
        for (id, (record, cut)) in &self.credentials {
            let found = realm.find_credential(*id).unwrap_or_else(|| panic!("{what}: {id} is gone"));
            let seen = (found.groups(), found.resources(), found.scopes(), found.cut());
            let expected = (&*record.groups, &*record.resources, &self.granted(*id), *cut);
            assert_eq!(seen, expected, "{what}: {}", record.name);
        }
        for (id, (_, cut)) in &self.applications {
            assert_eq!(realm.applications[id].cut, *cut, "{what}: an application");
        }
        let groups: Vec<&Group> = self.groups.values().collect();
        assert_eq!(realm.groups.values().map(|group| &**group).collect::<Vec<_>>(), groups, "{what}");
        let members: Vec<&Member> = self.members.values().collect();
        assert_eq!(realm.members.values().map(|member| &**member).collect::<Vec<_>>(), members, "{what}");
    }
}
