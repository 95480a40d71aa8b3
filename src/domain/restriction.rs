//! What an act takes away, in as few words as it takes to take it away again: without names of people, keys or digests.

use std::sync::Arc;

use claviger_contract::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    ApplicationCredentialState, Change, MemberState, MemberTokenState, Name, RegistryRefreshTokenState,
    ResourceGrant, ResourceName, Role,
};

/// Of one thing of a realm. Where it says what is left of a thing, more than that was there before, or may have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Restriction {
    /// `None`: resumed.
    RealmSuspended {
        since: Option<Timestamp>,
    },
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
    /// By a successor, beside which it is taken until then.
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
    /// `None` for an act that can only give, and for the settings of a realm.
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
            Change::RealmPut { .. }
            | Change::ScopePut { .. }
            | Change::ResourceServerPut { .. }
            | Change::SigningKeyPut { .. }
            | Change::CredentialCreated { .. } => return None,
        })
    }

    /// Of several that say the same of the same thing the last one counts: kind and thing, as one text.
    pub fn subject(&self) -> String {
        match self {
            Self::RealmSuspended { .. } => "realm".to_owned(),
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

    /// The service credential that it speaks of.
    pub fn credential(&self) -> Option<Uuid> {
        match self {
            Self::CredentialLeft { id, .. }
            | Self::CredentialReplaced { id, .. }
            | Self::CredentialRevoked { id } => Some(*id),
            _ => None,
        }
    }
}
