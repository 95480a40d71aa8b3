//! Who has a group, an action on a resource, or a scope.

use std::collections::BTreeMap;

use claviger_contract::Scope;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use claviger_domain::{MemberId, Name, ResourceName, ServiceCredentialId};

/// What somebody may have.
pub enum Held<'a> {
    Group(&'a Name),
    Resource(&'a ResourceName),
    Scope(&'a Scope),
}

/// The first ones by name, and how many there are.
pub struct Holders {
    /// Groups that give it.
    pub groups: Vec<Name>,
    pub members: Vec<(MemberId, Name)>,
    pub member_count: usize,
    /// Live ones that have it themselves, not through a group.
    pub credentials: Vec<(ServiceCredentialId, Name)>,
    pub credential_count: usize,
}

/// How many have it themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct HolderCount {
    pub groups: usize,
    pub members: usize,
    pub credentials: usize,
}

impl HolderCount {
    pub const fn is_used(&self) -> bool {
        self.groups + self.members + self.credentials > 0
    }
}

pub fn find_holders(
    administration: &Administration,
    act: &Act,
    held: &Held<'_>,
    limit: usize,
) -> Result<Holders, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let (realm, now) = (&reading.realm, reading.now);
    let (groups, members, credentials) = match held {
        Held::Group(name) => (
            Vec::new(),
            realm.members_in_group(name).collect(),
            realm.credentials_naming(Some(name), None, now),
        ),
        Held::Resource(name) => (
            realm.groups_on_resource(name).collect(),
            Vec::new(),
            realm.credentials_naming(None, Some(name), now),
        ),
        Held::Scope(scope) => (realm.groups_with_scope(scope).collect::<Vec<_>>(), Vec::new(), Vec::new()),
    };
    let groups = groups.into_iter().map(|group| group.name.clone()).collect();
    let members: Vec<_> = members.into_iter().map(|member| (member.id, member.name.clone())).collect();
    let credentials: Vec<_> = credentials.into_iter().map(|(id, known)| (id, known.name.clone())).collect();
    Ok(Holders {
        groups,
        member_count: members.len(),
        members: first(members, limit),
        credential_count: credentials.len(),
        credentials: first(credentials, limit),
    })
}

pub fn count_group_holders(
    administration: &Administration,
    act: &Act,
) -> Result<BTreeMap<Name, HolderCount>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let (groups, _) = reading.realm.credentials_by_grant(reading.now);
    let counts = reading.realm.groups.keys().map(|name| {
        let members = reading.realm.members_in_group(name).count();
        let credentials = groups.get(name).copied().unwrap_or_default();
        (name.clone(), HolderCount { groups: 0, members, credentials })
    });
    Ok(counts.collect())
}

pub fn count_resource_holders(
    administration: &Administration,
    act: &Act,
) -> Result<BTreeMap<ResourceName, HolderCount>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let (_, resources) = reading.realm.credentials_by_grant(reading.now);
    let counts = reading.realm.resources.keys().map(|name| {
        let groups = reading.realm.groups_on_resource(name).count();
        let credentials = resources.get(name).copied().unwrap_or_default();
        (name.clone(), HolderCount { groups, members: 0, credentials })
    });
    Ok(counts.collect())
}

fn first<T>(mut all: Vec<(T, Name)>, limit: usize) -> Vec<(T, Name)> {
    all.sort_by(|(_, one), (_, other)| one.cmp(other));
    all.truncate(limit);
    all
}
