//! The kinds of rows of the change log, in one list. What treats every kind alike follows from it.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Scope, Timestamp};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::client::ClientId;
use crate::log::actor::Actor;
use crate::log::audit_event::{AuditTarget, TargetKind};
use crate::records::application_credential::ApplicationCredential;
use crate::records::grant::ResourceGrant;
use crate::records::group::Group;
use crate::records::member::{Member, MemberId};
use crate::records::member_token::MemberToken;
use crate::records::names::Name;
use crate::records::realm::{Realm, ScopeEntry};
use crate::records::registry::RegistryRefreshToken;
use crate::records::resource::{Resource, ResourceName};
use crate::records::resource_server::{ResourceServer, ResourceServerId};
use crate::records::role::Role;
use crate::records::service_credential::{ServiceCredential, ServiceCredentialId};
use crate::records::signing_key::SigningKey;
use crate::sign_in::identity_link::{IdentityLink, IdentityLinkId};
use crate::sign_in::local_account::LocalAccount;
use crate::sign_in::provider::{SignInProvider, SignInProviderId};
use crate::vault::source::{Source, SourceId};
use crate::vault::source_credential::{SourceCredential, SourceCredentialId};
use crate::webhooks::webhook::{Webhook, WebhookId};

/// Defines the kinds.
///
/// - A record: its type, the kind of the row that puts it, and the member of that row; then, if it can be deleted, the kind
///   of the row that deletes it, the member that holds its key, and the type of the key.
/// - An act that is neither: its members.
///
/// Stored rows are read forever: kinds and members are only added, and a kind with a new name keeps the old as an alias.
macro_rules! kinds {
    (
        ($d:tt)
        records {$(
            $(#[$comment:meta])*
            $kind:ident($record:ident): $put:literal $(| $alias:literal)? { $member:ident }
            $(, $deletion:ident $deleted:literal { $key:ident: $key_type:ty })?;
        )*}
        acts {$(
            $(#[$act_comment:meta])*
            $act:ident: $act_kind:literal { $($field:ident: $field_type:ty),* };
        )*}
    ) => {
        /// An object as it is after the act.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Record {
            $($(#[$comment])* $kind($record),)*
        }

        /// An object that can be deleted.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Key {
            $($($kind($key_type),)?)*
        }

        /// One act. Its effects on other objects are not stored: every reader derives them from the previous state.
        #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
        #[serde(from = "Row")]
        pub enum Change {
            /// Created, or edited.
            Put(Record),
            Deleted(Key),
            $($(#[$act_comment])* $act { $($field: $field_type),* },)*
        }

        /// A change as it is stored.
        #[derive(Deserialize)]
        #[serde(tag = "kind")]
        enum Row {
            $(#[serde(rename = $put $(, alias = $alias)?)] $kind { $member: $record },)*
            $($(#[serde(rename = $deleted)] $deletion { $key: $key_type },)?)*
            $(#[serde(rename = $act_kind)] $act { $($field: $field_type),* },)*
        }

        /// A deletion as it is stored.
        #[derive(Deserialize)]
        #[serde(tag = "kind")]
        pub(super) enum Deletion {
            $($(#[serde(rename = $deleted)] $kind { $key: $key_type },)?)*
        }

        impl Change {
            /// Every kind that this version reads, including older names.
            pub const KINDS: &[&str] = &[$($put, $($alias,)? $($deleted,)?)* $($act_kind,)*];

            /// The kind as written in the row.
            pub const fn kind(&self) -> &'static str {
                match self {
                    Self::Put(record) => record.kind(),
                    Self::Deleted(key) => key.kind(),
                    $(Self::$act { .. } => $act_kind,)*
                }
            }

            fn serialize_members<M: serde::ser::SerializeMap>(&self, row: &mut M) -> Result<(), M::Error> {
                match self {
                    Self::Put(record) => match record {
                        $(Record::$kind(record) => row.serialize_entry(stringify!($member), record),)*
                    },
                    Self::Deleted(key) => key.serialize_member(row),
                    $(Self::$act { $($field),* } => {
                        $(row.serialize_entry(stringify!($field), $field)?;)*
                        Ok(())
                    })*
                }
            }
        }

        impl Record {
            const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $put,)*
                }
            }
        }

        impl Key {
            pub(super) const fn kind(&self) -> &'static str {
                match self {
                    $($(Self::$kind(_) => $deleted,)?)*
                }
            }

            pub(super) fn serialize_member<M: serde::ser::SerializeMap>(&self, row: &mut M) -> Result<(), M::Error> {
                match self {
                    $($(Self::$kind(key) => row.serialize_entry(stringify!($key), key),)?)*
                }
            }

            pub fn target(&self) -> AuditTarget {
                let (kind, id) = match self {
                    $($(Self::$kind($key) => (TargetKind::$kind, $key.to_string()),)?)*
                };
                AuditTarget { kind, name: id.clone(), id }
            }
        }

        impl From<Row> for Change {
            fn from(row: Row) -> Self {
                match row {
                    $(Row::$kind { $member } => Self::Put(Record::$kind($member)),)*
                    $($(Row::$deletion { $key } => Self::Deleted(Key::$kind($key)),)?)*
                    $(Row::$act { $($field),* } => Self::$act { $($field),* },)*
                }
            }
        }

        impl From<Deletion> for Key {
            fn from(deletion: Deletion) -> Self {
                match deletion {
                    $($(Deletion::$kind { $key } => Self::$kind($key),)?)*
                }
            }
        }

        $(
            impl From<$record> for Record {
                fn from(record: $record) -> Self {
                    Self::$kind(record)
                }
            }
        )*

        /// Calls a macro with the variants of [`Record`] and their types. Kinds come after those that they refer to.
        #[macro_export]
        macro_rules! for_each_record {
            ($d callback:ident) => { $d callback! { $($kind($d crate::$record))* } };
        }

        /// Calls a macro with the variants of [`Key`], the types of their records, and the members that rows call them by.
        #[macro_export]
        macro_rules! for_each_key {
            ($d callback:ident) => { $d callback! { $($($kind($d crate::$record) by $key)?)* } };
        }
    };
}

kinds! {
    ($)
    records {
        Realm(Realm): "realm_put" { realm };
        Scope(ScopeEntry): "scope_put" { entry }, ScopeDeleted "scope_deleted" { scope: Scope };
        Resource(Resource): "resource_put" { resource }, ResourceDeleted "resource_deleted" { name: ResourceName };
        Group(Group): "group_put" { group }, GroupDeleted "group_deleted" { name: Name };
        Member(Member): "member_put" { member };
        MemberToken(MemberToken): "member_token_put" | "personal_access_token_put" { token };
        LocalAccount(LocalAccount):
            "local_account_put" { account }, LocalAccountDeleted "local_account_deleted" { id: MemberId };
        IdentityLink(IdentityLink):
            "identity_link_put" { link }, IdentityLinkDeleted "identity_link_deleted" { id: IdentityLinkId };
        Application(ApplicationCredential): "application_credential_put" { credential };
        RegistryToken(RegistryRefreshToken): "registry_token_put" { token };
        ResourceServer(ResourceServer):
            "resource_server_put" { server }, ResourceServerDeleted "resource_server_deleted" { id: ResourceServerId };
        /// Deleted when withdrawn, expired, or never used: all signatures of the key are invalid.
        SigningKey(SigningKey): "signing_key_put" { key }, SigningKeyDeleted "signing_key_deleted" { kid: String };
        /// Put once, when it is created.
        Credential(ServiceCredential): "credential_created" { credential };
        SourceCredential(SourceCredential):
            "source_credential_put" { credential },
            SourceCredentialDeleted "source_credential_deleted" { id: SourceCredentialId };
        Source(Source): "source_put" { source }, SourceDeleted "source_deleted" { id: SourceId };
        Webhook(Webhook): "webhook_put" { webhook }, WebhookDeleted "webhook_deleted" { id: WebhookId };
        SignInProvider(SignInProvider):
            "sign_in_provider_put" { provider },
            SignInProviderDeleted "sign_in_provider_deleted" { id: SignInProviderId };
    }
    acts {
        /// Suspended or resumed: earlier tokens are permanently revoked in both cases.
        RealmCut: "realm_cut" { suspended_at: Option<Timestamp>, at: Timestamp };
        /// For good: the realm no longer issues or accepts anything.
        RealmDeleted: "realm_deleted" { at: Timestamp };
        /// What is left of a deleted realm is removed, and its name is free.
        RealmRemoved: "realm_removed" { deleted_at: Timestamp };
        /// Everything that the member owned before stays revoked: its credentials and tokens are ended by the same row.
        MemberEnabled: "member_enabled" { id: MemberId, roles: Vec<Role>, groups: Vec<Name>, at: Timestamp };
        CredentialEdited: "credential_edited" {
            id: ServiceCredentialId, groups: Vec<Name>, resources: Vec<ResourceGrant>, at: Timestamp, by: Actor
        };
        /// The successor, and the time until which the credential that it `replaces` is still accepted.
        CredentialRenewed: "credential_renewed" { successor: ServiceCredential, overlap_ends_at: Timestamp };
        ApplicationRenewed: "application_credential_renewed" {
            successor: ApplicationCredential, overlap_ends_at: Timestamp
        };
        ResourceServerRenewed: "resource_server_renewed" {
            successor: ResourceServer, overlap_ends_at: Timestamp
        };
        CredentialRevoked: "credential_revoked" { id: ServiceCredentialId, at: Timestamp, by: Actor };
        TokenRevoked: "token_revoked" { jti: Arc<str>, client_id: ClientId, expires_at: Timestamp };
        /// The operator skips a damaged row, with the hash stored in it: 64 hexadecimal digits. Its effect on this realm is
        /// unknown: earlier tokens are permanently revoked.
        LogRowSkipped: "log_row_skipped" { position: Position, hash: String };
    }
}

/// The body of one row. Its exact bytes are hashed, so that a restored or forked database is detected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    pub realm: RealmLabel,
    pub change: Change,
}

impl Change {
    pub fn put(record: impl Into<Record>) -> Self {
        Self::Put(record.into())
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_map(None)?;
        row.serialize_entry("kind", self.kind())?;
        self.serialize_members(&mut row)?;
        row.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_those_that_are_read() {
        let told = serde_json::from_str::<Change>(r#"{"kind":"?"}"#).expect_err("no kind").to_string();
        let mut read: Vec<&str> = told.split('`').skip(3).step_by(2).collect();
        let mut listed = Change::KINDS.to_vec();
        read.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, read, "{told}");
    }
}
