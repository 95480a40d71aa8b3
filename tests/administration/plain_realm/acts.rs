//! Random acts.

use claviger_contract::Scope;
use claviger_domain::{Change, Group, Id, Key, MemberState, Name, ResourceGrant, Role, ServiceCredential};

use crate::plain_realm::holders::Plain;
use crate::plain_realm::records::{NOW, application, credential, group, member, operator, resource, token};

pub const GROUPS: [&str; 4] = ["all", "builders", "readers", "studio"];
pub const RESOURCES: [&str; 3] = ["studio/s1", "studio/s2", "lab/one"];
pub const ACTIONS: [&str; 3] = ["read", "read-update", "delete"];
pub const SCOPES: [&str; 5] = ["ci:read", "ci:read-update", "source:read", "source:delete", "studio:read"];

/// A small seeded generator, so that a failure can be replayed.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        of.iter().filter(|_| self.one_in(2)).cloned().collect()
    }

    pub fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        if of.is_empty() { None } else { Some(of[self.below(of.len())].clone()) }
    }
}

/// A random act that the rules allow in this state.
pub fn act(plain: &Plain, chance: &mut Chance, index: usize) -> Option<Change> {
    let number = (u128::from(chance.0) << 64) + u128::try_from(index).unwrap();
    let names: Vec<Name> = plain.groups.keys().cloned().collect();
    let offered: Vec<ResourceGrant> = plain
        .resources
        .values()
        .filter(|resource| !resource.actions.is_empty())
        .map(|resource| ResourceGrant { resource: resource.name.clone(), actions: resource.actions.clone() })
        .collect();
    let mut grants = |chance: &mut Chance| -> Vec<ResourceGrant> {
        let mut some = chance.some(&offered);
        some.iter_mut().for_each(|grant| grant.actions = chance.some(&grant.actions));
        some.retain(|grant| !grant.actions.is_empty());
        some
    };
    let credentials: Vec<_> = plain.credentials.keys().copied().collect();
    let scopes = |chance: &mut Chance| -> Vec<Scope> {
        let mut scopes: Vec<Scope> =
            chance.some(&SCOPES).iter().map(|scope| scope.parse().unwrap()).collect();
        for grant in &offered {
            if chance.one_in(4) {
                let (kind, name) = (grant.resource.kind(), grant.resource.name());
                scopes.push(Scope::on_resource(kind, name, &grant.actions[0]).unwrap());
            }
        }
        scopes
    };
    Some(match chance.below(16) {
        0..3 => {
            let name: Name = chance.pick(&GROUPS)?.parse().unwrap();
            let known = plain.groups.get(&name);
            let described = Group {
                description: format!("described {index}").parse().unwrap(),
                ..known.cloned().unwrap_or_else(|| group(name.clone()))
            };
            match chance.one_in(3) {
                true => Change::put(described),
                false => {
                    Change::put(Group { scopes: scopes(chance), resources: grants(chance), ..described })
                }
            }
        }
        3 => Change::Deleted(Key::Group(chance.pick(&names)?)),
        4..6 => {
            let actions = chance.some(&ACTIONS).iter().map(ToString::to_string).collect();
            Change::put(resource(chance.pick(&RESOURCES)?, actions))
        }
        6 => {
            Change::Deleted(Key::Resource(chance.pick(&plain.resources.keys().cloned().collect::<Vec<_>>())?))
        }
        7..9 => Change::put(credential(Id::from_u128(number), index, chance.some(&names), grants(chance))),
        9..11 => Change::CredentialEdited {
            id: chance.pick(&credentials)?,
            groups: chance.some(&names),
            resources: grants(chance),
            at: NOW,
            by: operator(),
        },
        11 => {
            let (old, _) = &plain.credentials[&chance.pick(&credentials)?];
            let successor =
                credential(Id::from_u128(number), index, old.groups.clone(), old.resources.clone());
            Change::CredentialRenewed {
                successor: ServiceCredential { replaces: Some(old.id), ..successor },
                overlap_ends_at: NOW.plus_seconds(3_600),
            }
        }
        12 => Change::CredentialRevoked { id: chance.pick(&credentials)?, at: NOW, by: operator() },
        13 => {
            let known = chance.pick(&plain.members.keys().copied().collect::<Vec<_>>());
            let id = known.filter(|_| chance.one_in(2)).unwrap_or(Id::from_u128(number));
            if let Some(disabled) = plain.members.get(&id).filter(|known| !known.is_active()) {
                let (roles, groups) = (disabled.roles.clone(), disabled.groups.clone());
                return Some(Change::MemberEnabled { id, roles, groups, at: NOW });
            }
            let role = if chance.one_in(3) { Role::SysAdmin } else { Role::Member };
            let state =
                if chance.one_in(4) { MemberState::Disabled { at: NOW } } else { MemberState::Active };
            Change::put(member(id, role, chance.some(&names), state))
        }
        14 => {
            let member = chance.pick(&plain.members.keys().copied().collect::<Vec<_>>())?;
            Change::put(token(Id::from_u128(number), index, member, scopes(chance)))
        }
        _ => {
            let members: Vec<_> = plain.members.keys().copied().collect();
            let known = chance.pick(&plain.applications.keys().copied().collect::<Vec<_>>());
            let known = known.filter(|_| chance.one_in(2));
            let member = match known {
                Some(known) => plain.applications[&known].0.member,
                None => chance.pick(&members)?,
            };
            let credential = application(known.unwrap_or(Id::from_u128(number)), member, scopes(chance));
            Change::put(credential)
        }
    })
}
