//! The rights that an act removes, in the minimal form needed to remove them again: no personal names, keys or digests.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::log::change::Change;
use crate::records::application_credential::ApplicationCredentialState;
use crate::records::grant::ResourceGrant;
use crate::records::member::MemberState;
use crate::records::member_token::MemberTokenState;
use crate::records::names::Name;
use crate::records::registry::RegistryRefreshTokenState;
use crate::records::resource::ResourceName;
use crate::records::role::Role;

/// A restriction of one object of a realm. If it lists the remaining rights, more may have existed before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Restriction {
    /// `None` means resumed. Earlier tokens are revoked in both cases.
    RealmSuspended {
        since: Option<Timestamp>,
    },
    /// Earlier tokens are revoked, because an unreadable row may have revoked them.
    TokensCut,
    ScopeDeleted {
        scope: Scope,
    },
    ResourceLeft {
        name: ResourceName,
        actions: Vec<String>,
    },
    ResourceDeleted {
        name: ResourceName,
    },
    GroupLeft {
        name: Name,
        scopes: Vec<Scope>,
        resources: Vec<ResourceGrant>,
    },
    GroupDeleted {
        name: Name,
    },
    MemberLeft {
        id: Uuid,
        roles: Vec<Role>,
        groups: Vec<Name>,
    },
    MemberDisabled {
        id: Uuid,
    },
    MemberTokenRevoked {
        id: Uuid,
    },
    ApplicationLeft {
        id: Uuid,
        scopes: Vec<Scope>,
    },
    ApplicationRevoked {
        id: Uuid,
    },
    RegistryTokenRevoked {
        id: Uuid,
    },
    ResourceServerDeleted {
        id: Uuid,
    },
    SigningKeyDeleted {
        kid: String,
    },
    CredentialLeft {
        id: Uuid,
        groups: Vec<Name>,
        resources: Vec<ResourceGrant>,
    },
    /// By a successor; both are accepted until then.
    CredentialReplaced {
        id: Uuid,
        overlap_ends_at: Timestamp,
    },
    CredentialRevoked {
        id: Uuid,
    },
    TokenRevoked {
        jti: Arc<str>,
        client_id: Uuid,
        expires_at: Timestamp,
    },
}

impl Restriction {
    /// `None` for an act that can only grant, and for the settings of a realm.
    pub fn of(change: &Change) -> Option<Self> {
        Some(match change {
            Change::RealmCut { suspended_at, .. } => Self::RealmSuspended { since: *suspended_at },
            Change::ScopeDeleted { scope } => Self::ScopeDeleted { scope: scope.clone() },
            Change::ResourcePut { resource } => {
                Self::ResourceLeft { name: resource.name.clone(), actions: resource.actions.clone() }
            }
            Change::ResourceDeleted { name } => Self::ResourceDeleted { name: name.clone() },
            Change::GroupPut { group } => Self::GroupLeft {
                name: group.name.clone(),
                scopes: group.scopes.clone(),
                resources: group.resources.clone(),
            },
            Change::GroupDeleted { name } => Self::GroupDeleted { name: name.clone() },
            Change::MemberPut { member } => match member.state {
                MemberState::Disabled { .. } => Self::MemberDisabled { id: member.id },
                MemberState::Active => Self::MemberLeft {
                    id: member.id,
                    roles: member.roles.clone(),
                    groups: member.groups.clone(),
                },
            },
            Change::MemberTokenPut { token } => match token.state {
                MemberTokenState::Revoked { .. } => Self::MemberTokenRevoked { id: token.id },
                MemberTokenState::Active => return None,
            },
            Change::ApplicationCredentialPut { credential } => match credential.state {
                ApplicationCredentialState::Revoked { .. } => Self::ApplicationRevoked { id: credential.id },
                ApplicationCredentialState::Active => {
                    Self::ApplicationLeft { id: credential.id, scopes: credential.scopes.clone() }
                }
            },
            Change::RegistryTokenPut { token } => match token.state {
                RegistryRefreshTokenState::Revoked { .. } => Self::RegistryTokenRevoked { id: token.id },
                RegistryRefreshTokenState::Active => return None,
            },
            Change::ResourceServerDeleted { id } => Self::ResourceServerDeleted { id: *id },
            Change::SigningKeyDeleted { kid } => Self::SigningKeyDeleted { kid: kid.clone() },
            Change::CredentialEdited { id, groups, resources, .. } => {
                Self::CredentialLeft { id: *id, groups: groups.clone(), resources: resources.clone() }
            }
            Change::CredentialRenewed { successor, overlap_ends_at } => {
                Self::CredentialReplaced { id: successor.replaces?, overlap_ends_at: *overlap_ends_at }
            }
            Change::CredentialRevoked { id, .. } => Self::CredentialRevoked { id: *id },
            Change::TokenRevoked { jti, client_id, expires_at } => {
                Self::TokenRevoked { jti: jti.clone(), client_id: *client_id, expires_at: *expires_at }
            }
            // For anything else that the row removed, the tables hold the remainder.
            Change::LogRowSkipped { .. } => Self::TokensCut,
            Change::RealmPut { .. }
            | Change::ScopePut { .. }
            | Change::ResourceServerPut { .. }
            | Change::SigningKeyPut { .. }
            | Change::CredentialCreated { .. } => return None,
        })
    }

    /// Kind and object as one text. [`needed`] decides which of several restrictions with the same subject counts.
    pub fn subject(&self) -> String {
        match self {
            Self::RealmSuspended { .. } => "realm".to_owned(),
            Self::TokensCut => "realm tokens".to_owned(),
            Self::ScopeDeleted { scope } => format!("scope {scope}"),
            Self::ResourceLeft { name, .. } => format!("resource {name} left"),
            Self::ResourceDeleted { name } => format!("resource {name}"),
            Self::GroupLeft { name, .. } => format!("group {name} left"),
            Self::GroupDeleted { name } => format!("group {name}"),
            Self::MemberLeft { id, .. } => format!("member {id} left"),
            Self::MemberDisabled { id } => format!("member {id}"),
            Self::MemberTokenRevoked { id } => format!("member token {id}"),
            Self::ApplicationLeft { id, .. } => format!("application {id} left"),
            Self::ApplicationRevoked { id } => format!("application {id}"),
            Self::RegistryTokenRevoked { id } => format!("registry token {id}"),
            Self::ResourceServerDeleted { id } => format!("resource server {id}"),
            Self::SigningKeyDeleted { kid } => format!("signing key {kid}"),
            Self::CredentialLeft { id, .. } => format!("credential {id} left"),
            Self::CredentialReplaced { id, .. } => format!("credential {id} replaced"),
            Self::CredentialRevoked { id } => format!("credential {id}"),
            Self::TokenRevoked { jti, .. } => format!("token {jti}"),
        }
    }

    /// The service credential that it restricts, if any.
    pub fn credential(&self) -> Option<Uuid> {
        match self {
            Self::CredentialLeft { id, .. }
            | Self::CredentialReplaced { id, .. }
            | Self::CredentialRevoked { id } => Some(*id),
            _ => None,
        }
    }
}

/// Selects the restrictions, in log order, that later ones do not cover. For each subject that is the last, as it lists
/// all remaining rights. For a resource, earlier ones that leave fewer actions are needed too. A holder that lost an
/// action does not regain it when the resource offers it again.
pub fn needed<'a>(
    known: impl DoubleEndedIterator<Item = (&'a RealmLabel, Position, &'a Restriction)>,
) -> Vec<bool> {
    // The position of the last one, and the actions that all later ones leave of a resource.
    let mut later = BTreeMap::<(&RealmLabel, String), (Position, Vec<String>)>::new();
    let is_needed = |(realm, position, what): (_, Position, &Restriction)| {
        let left = match what {
            Restriction::ResourceLeft { actions, .. } => actions.as_slice(),
            _ => &[],
        };
        match later.entry((realm, what.subject())) {
            Entry::Vacant(entry) => {
                entry.insert((position, left.to_vec()));
                true
            }
            Entry::Occupied(mut entry) => {
                let (last, kept) = entry.get_mut();
                let before = kept.len();
                kept.retain(|action| left.contains(action));
                *last == position || kept.len() < before
            }
        }
    };
    let mut needed: Vec<bool> = known.rev().map(is_needed).collect();
    needed.reverse();
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_resource_every_loss_is_needed_and_of_others_the_last_word() {
        let realm: RealmLabel = "acme".parse().expect("a label");
        let left = |actions: &[&str]| Restriction::ResourceLeft {
            name: ResourceName::new("source", "one").expect("a name"),
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        };
        let group = |scopes: &[&str]| Restriction::GroupLeft {
            name: "g".parse().expect("a name"),
            scopes: scopes.iter().map(|scope| scope.parse().expect("a scope")).collect(),
            resources: Vec::new(),
        };
        let all = [
            (1, left(&["r", "w", "m"])),
            (2, group(&["a:b"])),
            (3, left(&["r", "m"])),
            (4, left(&["r", "w", "m"])),
            (5, left(&["r", "w"])),
            (6, group(&["a:b", "c:d"])),
            (7, left(&["r", "w", "x"])),
            // Another server read the same row.
            (7, left(&["r", "w", "x"])),
        ];
        let known = all.iter().map(|(position, what)| (&realm, Position::new(*position), what));
        assert_eq!(needed(known), [false, false, true, false, true, true, true, true]);
    }
}
