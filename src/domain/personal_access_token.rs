//! Opaque tokens with which a member acts as themselves.

use claviger_contract::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Description, SecretDigest};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalAccessToken {
    pub id: Uuid,
    pub member: Uuid,
    pub description: Description,
    /// Sorted; what counts at each use is what the member holds then.
    pub scopes: Vec<Scope>,
    pub digest: SecretDigest,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: PersonalAccessTokenState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum PersonalAccessTokenState {
    Active,
    Revoked { at: Timestamp },
}

/// Built in, valid in personal access tokens alone, and never seen by a resource server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltInScope {
    AdminRead,
    AdminReadUpdate,
}

impl BuiltInScope {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AdminRead => "admin:read",
            Self::AdminReadUpdate => "admin:read-update",
        }
    }

    pub fn parse(scope: &Scope) -> Option<Self> {
        [Self::AdminRead, Self::AdminReadUpdate].into_iter().find(|known| known.as_str() == scope.as_str())
    }

    /// The whole type `admin` is kept for these: `admin:x` and `admin/y:x` cannot be registered.
    pub fn reserves(scope: &Scope) -> bool {
        scope.as_str().split(['/', ':']).next() == Some("admin")
    }
}
