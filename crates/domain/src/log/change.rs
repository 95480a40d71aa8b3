//! The body of a change log row: every change to the rights of a token.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::log::actor::Actor;
use crate::log::subject::Subject;
use crate::records::application_credential::ApplicationCredential;
use crate::records::grant::{GrantSetId, Grants, GrantsDigest, ResourceGrant};
use crate::records::group::Group;
use crate::records::member::Member;
use crate::records::member_token::MemberToken;
use crate::records::names::Name;
use crate::records::realm::{Realm, ScopeEntry};
use crate::records::registry::RegistryRefreshToken;
use crate::records::resource::{Resource, ResourceName};
use crate::records::resource_server::ResourceServer;
use crate::records::service_credential::ServiceCredential;
use crate::records::signing_key::SigningKey;

/// The body of one row. Its exact bytes are hashed, so that a restored or forked database is detected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    pub realm: RealmLabel,
    pub change: Change,
}

/// One act. Its effects on other objects are not stored: every reader derives them from the previous state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    RealmPut {
        realm: Realm,
    },
    /// Suspended or resumed: earlier tokens are permanently revoked in both cases.
    RealmCut {
        suspended_at: Option<Timestamp>,
        at: Timestamp,
    },
    ScopePut {
        entry: ScopeEntry,
    },
    ScopeDeleted {
        scope: Scope,
    },
    ResourcePut {
        resource: Resource,
    },
    ResourceDeleted {
        name: ResourceName,
    },
    GroupPut {
        group: Group,
    },
    GroupDeleted {
        name: Name,
    },
    MemberPut {
        member: Member,
    },
    #[serde(alias = "personal_access_token_put")]
    MemberTokenPut {
        token: MemberToken,
    },
    /// Created, edited or revoked.
    ApplicationCredentialPut {
        credential: ApplicationCredential,
    },
    RegistryTokenPut {
        token: RegistryRefreshToken,
    },
    ResourceServerPut {
        server: ResourceServer,
    },
    ResourceServerDeleted {
        id: Uuid,
    },
    SigningKeyPut {
        key: SigningKey,
    },
    /// Withdrawn, expired, or never used: all signatures of the key are invalid.
    SigningKeyDeleted {
        kid: String,
    },
    CredentialCreated {
        credential: ServiceCredential,
    },
    CredentialEdited {
        id: Uuid,
        groups: Vec<Name>,
        resources: Vec<ResourceGrant>,
        at: Timestamp,
        by: Actor,
    },
    /// The successor, and the time until which the credential that it `replaces` is still accepted.
    CredentialRenewed {
        successor: ServiceCredential,
        overlap_ends_at: Timestamp,
    },
    CredentialRevoked {
        id: Uuid,
        at: Timestamp,
        by: Actor,
    },
    TokenRevoked {
        jti: Arc<str>,
        client_id: Uuid,
        expires_at: Timestamp,
    },
    /// The operator skips a damaged row. Its effect on this realm is unknown: earlier tokens are permanently revoked.
    LogRowSkipped {
        position: Position,
        /// Hash stored with the damaged row: 64 hexadecimal digits.
        hash: String,
    },
}

impl Change {
    /// Every kind that this version reads, including older names.
    pub const KINDS: [&str; 23] = [
        "realm_put",
        "realm_cut",
        "scope_put",
        "scope_deleted",
        "resource_put",
        "resource_deleted",
        "group_put",
        "group_deleted",
        "member_put",
        "member_token_put",
        "personal_access_token_put",
        "application_credential_put",
        "registry_token_put",
        "resource_server_put",
        "resource_server_deleted",
        "signing_key_put",
        "signing_key_deleted",
        "credential_created",
        "credential_edited",
        "credential_renewed",
        "credential_revoked",
        "token_revoked",
        "log_row_skipped",
    ];

    /// The kind as written in the row.
    pub fn kind(&self) -> String {
        let kind = serde_json::to_value(self).ok().and_then(|row| row["kind"].as_str().map(str::to_owned));
        kind.unwrap_or_default()
    }
}

/// The effect of editing one credential: its new grants, and the position before which its tokens are revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialConsequence {
    pub id: Uuid,
    pub grants: Grants,
    /// Whether the edit removes a right.
    pub cut: bool,
    /// The cut before the edit, from acts on the credential and on its grants.
    pub cut_before: Position,
}

/// The effect of an act on all credentials with the same grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantsConsequence {
    /// The set in the snapshot that this was derived from; the tables identify it by `before`.
    pub set: GrantSetId,
    pub before: GrantsDigest,
    /// `None` if the list is unchanged and only the rights of its groups change.
    pub after: Option<GrantsChange>,
    /// Whether older tokens are revoked.
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantsChange {
    pub grants: Arc<Grants>,
    pub digest: GrantsDigest,
}

/// A group that loses grants, and scopes of the form `type/name:action`, because a resource or its action was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupConsequence {
    pub name: Name,
    pub scopes: Vec<Scope>,
    pub resources: Vec<ResourceGrant>,
}

/// A member that loses a deleted group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberConsequence {
    pub id: Uuid,
    pub groups: Vec<Name>,
}

/// All indirect effects of an act.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consequences {
    pub edited: Option<CredentialConsequence>,
    pub grants: Vec<GrantsConsequence>,
    pub groups: Vec<GroupConsequence>,
    pub members: Vec<MemberConsequence>,
    /// Application credentials whose older tokens are revoked, because they or their owner lose a right.
    pub applications: Vec<Uuid>,
    /// Whether an opaque token loses rights, which are evaluated at each use.
    pub opaque_tokens_lose: bool,
    /// Whether anything previously accepted is now refused.
    pub restricts: bool,
    /// The restricted objects that no record shows by itself.
    pub subjects: Vec<Subject>,
}

impl Consequences {
    /// Whether any holder loses rights: a cut, or an opaque token with fewer rights.
    pub fn take_from_holders(&self) -> bool {
        self.opaque_tokens_lose
            || !self.applications.is_empty()
            || self.edited.iter().any(|edited| edited.cut)
            || self.grants.iter().any(|consequence| consequence.cut)
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
