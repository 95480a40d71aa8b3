//! The rights that an act removes, in the minimal form needed to remove them again: no personal names, keys or digests.

use std::sync::Arc;

use claviger_contract::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::ClientId;
use crate::log::change::{Change, Key, Record};
use crate::log::deletion;
use crate::log::subject::Subject;
use crate::records::application_credential::{
    ApplicationCredential, ApplicationCredentialId, ApplicationCredentialState,
};
use crate::records::grant::ResourceGrant;
use crate::records::group::Group;
use crate::records::member::{Member, MemberId, MemberState};
use crate::records::member_token::{MemberToken, MemberTokenId, MemberTokenState};
use crate::records::names::Name;
use crate::records::registry::{RegistryRefreshToken, RegistryRefreshTokenState, RegistryTokenId};
use crate::records::resource::{Resource, ResourceName};
use crate::records::resource_server::ResourceServerId;
use crate::records::role::Role;
use crate::records::service_credential::ServiceCredentialId;
use crate::sign_in::local_account::{LocalAccount, SecretSetId};

/// A restriction of one object of a realm. If it lists the remaining rights, more may have existed before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Restriction {
    /// `None` means resumed. Earlier tokens are revoked in both cases.
    RealmSuspended {
        since: Option<Timestamp>,
    },
    RealmDeleted {
        at: Timestamp,
    },
    /// Earlier tokens are revoked, because an unreadable row may have revoked them.
    TokensCut,
    ResourceLeft {
        name: ResourceName,
        actions: Vec<String>,
    },
    GroupLeft {
        name: Name,
        scopes: Vec<Scope>,
        resources: Vec<ResourceGrant>,
    },
    MemberLeft {
        id: MemberId,
        roles: Vec<Role>,
        groups: Vec<Name>,
    },
    MemberDisabled {
        id: MemberId,
    },
    /// What the member owned before it was disabled stays revoked, and so do rights that were taken away meanwhile.
    MemberEnabled {
        id: MemberId,
        roles: Vec<Role>,
        groups: Vec<Name>,
    },
    MemberTokenRevoked {
        id: MemberTokenId,
    },
    /// What signs the member in from now on. Another password, second factor or recovery code never does again, and
    /// neither does an invitation from before.
    LocalAccountLeft {
        id: MemberId,
        secrets: Option<SecretSetId>,
        recovery_codes: Option<SecretSetId>,
        recovery_codes_left: u8,
    },
    ApplicationLeft {
        id: ApplicationCredentialId,
        scopes: Vec<Scope>,
    },
    ApplicationRevoked {
        id: ApplicationCredentialId,
    },
    RegistryTokenRevoked {
        id: RegistryTokenId,
    },
    /// By a successor; both are accepted until then.
    ApplicationReplaced {
        id: ApplicationCredentialId,
        overlap_ends_at: Timestamp,
    },
    /// By a successor with the same audience; both are accepted until then.
    ResourceServerReplaced {
        id: ResourceServerId,
        overlap_ends_at: Timestamp,
    },
    CredentialLeft {
        id: ServiceCredentialId,
        groups: Vec<Name>,
        resources: Vec<ResourceGrant>,
    },
    /// By a successor; both are accepted until then.
    CredentialReplaced {
        id: ServiceCredentialId,
        overlap_ends_at: Timestamp,
    },
    CredentialRevoked {
        id: ServiceCredentialId,
    },
    TokenRevoked {
        jti: Arc<str>,
        client_id: ClientId,
        expires_at: Timestamp,
    },
    #[serde(untagged, with = "deletion")]
    Deleted(Key),
}

impl Restriction {
    /// `None` for an act that can only grant, and for the settings of a realm.
    pub fn of(change: &Change) -> Option<Self> {
        Some(match change {
            Change::Put(record) => return Self::of_put(record),
            Change::Deleted(key) => Self::Deleted(key.clone()),
            Change::RealmCut { suspended_at, .. } => Self::RealmSuspended { since: *suspended_at },
            Change::RealmDeleted { at } => Self::RealmDeleted { at: *at },
            // Everything was refused before.
            Change::RealmRemoved { .. } => return None,
            Change::CredentialEdited { id, groups, resources, .. } => {
                Self::CredentialLeft { id: *id, groups: groups.clone(), resources: resources.clone() }
            }
            Change::MemberEnabled { id, roles, groups, .. } => {
                Self::MemberEnabled { id: *id, roles: roles.clone(), groups: groups.clone() }
            }
            Change::ApplicationRenewed { successor, overlap_ends_at } => {
                Self::ApplicationReplaced { id: successor.replaces?, overlap_ends_at: *overlap_ends_at }
            }
            Change::ResourceServerRenewed { successor, overlap_ends_at } => {
                Self::ResourceServerReplaced { id: successor.replaces?, overlap_ends_at: *overlap_ends_at }
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
        })
    }

    fn of_put(record: &Record) -> Option<Self> {
        Some(match record {
            Record::Resource(Resource { name, actions, .. }) => {
                Self::ResourceLeft { name: name.clone(), actions: actions.clone() }
            }
            Record::Group(Group { name, scopes, resources, .. }) => {
                Self::GroupLeft { name: name.clone(), scopes: scopes.clone(), resources: resources.clone() }
            }
            Record::Member(Member { id, roles, groups, state, .. }) => match state {
                MemberState::Disabled { .. } => Self::MemberDisabled { id: *id },
                MemberState::Active => {
                    Self::MemberLeft { id: *id, roles: roles.clone(), groups: groups.clone() }
                }
            },
            Record::MemberToken(MemberToken { id, state, .. }) => match state {
                MemberTokenState::Revoked { .. } => Self::MemberTokenRevoked { id: *id },
                MemberTokenState::Active => return None,
            },
            Record::LocalAccount(account) => Self::of_account(account),
            Record::Application(ApplicationCredential { id, scopes, state, .. }) => match state {
                ApplicationCredentialState::Revoked { .. } => Self::ApplicationRevoked { id: *id },
                ApplicationCredentialState::Active => {
                    Self::ApplicationLeft { id: *id, scopes: scopes.clone() }
                }
            },
            Record::RegistryToken(RegistryRefreshToken { id, state, .. }) => match state {
                RegistryRefreshTokenState::Revoked { .. } => Self::RegistryTokenRevoked { id: *id },
                RegistryRefreshTokenState::Active => return None,
            },
            Record::Realm(_)
            | Record::Scope(_)
            | Record::ResourceServer(_)
            | Record::SigningKey(_)
            | Record::IdentityLink(_)
            | Record::Credential(_)
            | Record::SourceCredential(_)
            | Record::Source(_)
            | Record::Webhook(_)
            | Record::SignInProvider(_) => return None,
        })
    }

    fn of_account(account: &LocalAccount) -> Self {
        Self::LocalAccountLeft {
            id: account.id,
            secrets: account.secrets,
            recovery_codes: account.recovery_codes,
            recovery_codes_left: account.recovery_codes_left,
        }
    }

    /// The object that it restricts.
    pub fn subject(&self) -> Subject {
        match self {
            Self::RealmSuspended { .. } | Self::RealmDeleted { .. } | Self::TokensCut => Subject::Realm,
            Self::ResourceLeft { name, .. } => Key::Resource(name.clone()).into(),
            Self::GroupLeft { name, .. } => Key::Group(name.clone()).into(),
            Self::MemberLeft { id, .. } | Self::MemberDisabled { id } | Self::MemberEnabled { id, .. } => {
                Subject::Member(*id)
            }
            Self::MemberTokenRevoked { id } => Subject::MemberToken(*id),
            Self::LocalAccountLeft { id, .. } => Key::LocalAccount(*id).into(),
            Self::ApplicationLeft { id, .. }
            | Self::ApplicationReplaced { id, .. }
            | Self::ApplicationRevoked { id } => Subject::Application(*id),
            Self::ResourceServerReplaced { id, .. } => Key::ResourceServer(*id).into(),
            Self::RegistryTokenRevoked { id } => Subject::RegistryToken(*id),
            Self::CredentialLeft { id, .. }
            | Self::CredentialReplaced { id, .. }
            | Self::CredentialRevoked { id } => Subject::Credential(*id),
            Self::TokenRevoked { jti, .. } => Subject::AccessToken(jti.clone()),
            Self::Deleted(key) => key.clone().into(),
        }
    }

    /// Whether the object is not usable at all afterwards.
    pub fn ends(&self) -> bool {
        match self {
            Self::ResourceLeft { .. }
            | Self::GroupLeft { .. }
            | Self::MemberLeft { .. }
            | Self::LocalAccountLeft { .. }
            | Self::ApplicationLeft { .. }
            | Self::CredentialLeft { .. } => false,
            Self::RealmSuspended { .. }
            | Self::RealmDeleted { .. }
            | Self::TokensCut
            | Self::MemberDisabled { .. }
            | Self::MemberEnabled { .. }
            | Self::MemberTokenRevoked { .. }
            | Self::ApplicationReplaced { .. }
            | Self::ApplicationRevoked { .. }
            | Self::ResourceServerReplaced { .. }
            | Self::RegistryTokenRevoked { .. }
            | Self::CredentialReplaced { .. }
            | Self::CredentialRevoked { .. }
            | Self::TokenRevoked { .. }
            | Self::Deleted(_) => true,
        }
    }

    /// The service credential that it restricts, if any.
    pub fn credential(&self) -> Option<ServiceCredentialId> {
        match self {
            Self::CredentialLeft { id, .. }
            | Self::CredentialReplaced { id, .. }
            | Self::CredentialRevoked { id } => Some(*id),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Journals keep it.
    #[test]
    fn stored_texts_stay() {
        for (what, text) in [
            (Restriction::TokensCut, r#"{"kind":"tokens_cut"}"#),
            (
                Restriction::LocalAccountLeft {
                    id: MemberId::from_u128(0),
                    secrets: Some(SecretSetId::from_u128(1)),
                    recovery_codes: None,
                    recovery_codes_left: 0,
                },
                r#"{"kind":"local_account_left","id":"00000000-0000-0000-0000-000000000000","secrets":"00000000-0000-0000-0000-000000000001","recovery_codes":null,"recovery_codes_left":0}"#,
            ),
            (
                Restriction::Deleted(Key::SigningKey("k".to_owned())),
                r#"{"kind":"signing_key_deleted","kid":"k"}"#,
            ),
            (
                Restriction::Deleted(Key::Group("g".parse().expect("a name"))),
                r#"{"kind":"group_deleted","name":"g"}"#,
            ),
            (
                Restriction::Deleted(Key::ResourceServer(ResourceServerId::from_u128(0))),
                r#"{"kind":"resource_server_deleted","id":"00000000-0000-0000-0000-000000000000"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&what).expect("JSON"), text);
            assert_eq!(serde_json::from_str::<Restriction>(text).expect(text), what);
        }
    }
}
