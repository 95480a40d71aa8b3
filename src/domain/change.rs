//! What a row of the change log says: everything that changes what a token may do.

use std::sync::Arc;

use claviger_contract::{RealmLabel, Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Actor, ApplicationCredential, Group, Member, MemberToken, Name, Realm, RegistryRefreshToken, Resource,
    ResourceGrant, ResourceName, ResourceServer, ScopeEntry, ServiceCredential, SigningKey,
};

/// One row's body. Its exact bytes are hashed, so that a restored or forked database is recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    pub realm: RealmLabel,
    pub change: Change,
}

/// One act. What it does to other things is not written here: every reader expands it from the state before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    RealmPut {
        realm: Realm,
    },
    /// Suspended, or resumed: tokens from before either are dead for good.
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
    /// Withdrawn, over, or never used: nothing that it signed counts any more.
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
    /// The successor, and until when the one that it `replaces` is taken beside it.
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
}

/// What an act does to one credential besides what it says: the new groups and grants, and whether older tokens die.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialConsequence {
    pub id: Uuid,
    pub groups: Vec<Name>,
    pub resources: Vec<ResourceGrant>,
    pub cut: bool,
}

/// A group that loses grants, and scopes of the form `type/name:action`, because a resource or an action of it is gone.
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

/// Everything that an act does besides what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consequences {
    pub credentials: Vec<CredentialConsequence>,
    pub groups: Vec<GroupConsequence>,
    pub members: Vec<MemberConsequence>,
    /// Application credentials whose older tokens die, because their owner or they themselves lose something.
    pub applications: Vec<Uuid>,
    /// Whether an opaque token is worth less: what it is worth is worked out at each use.
    pub opaque_tokens_lose: bool,
}

impl Consequences {
    /// Whether something that was accepted before is not any more.
    pub fn take_something_away(&self) -> bool {
        self.opaque_tokens_lose
            || !self.applications.is_empty()
            || self.credentials.iter().any(|consequence| consequence.cut)
    }
}
