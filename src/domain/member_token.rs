//! Opaque bearer secrets that a member owns: personal access tokens and API tokens.

use claviger_contract::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Description, SecretDigest, SecretKind};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberToken {
    pub id: Uuid,
    #[serde(default)]
    pub kind: MemberTokenKind,
    pub member: Uuid,
    pub description: Description,
    /// Sorted; what counts at each use is what the member holds then.
    pub scopes: Vec<Scope>,
    pub digest: SecretDigest,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: MemberTokenState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum MemberTokenState {
    Active,
    Revoked { at: Timestamp },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberTokenKind {
    /// Acts as its member, in the administration too.
    #[default]
    PersonalAccessToken,
    /// For REST, git and the registry, within the scopes that were chosen for it. It never administers.
    ApiToken,
}

impl MemberTokenKind {
    pub const ALL: [Self; 2] = [Self::PersonalAccessToken, Self::ApiToken];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PersonalAccessToken => "personal_access_token",
            Self::ApiToken => "api_token",
        }
    }

    /// In sentences.
    pub const fn words(self) -> &'static str {
        match self {
            Self::PersonalAccessToken => "personal access token",
            Self::ApiToken => "API token",
        }
    }

    pub const fn secret(self) -> SecretKind {
        match self {
            Self::PersonalAccessToken => SecretKind::PersonalAccessToken,
            Self::ApiToken => SecretKind::ApiToken,
        }
    }
}

impl MemberToken {
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.state == MemberTokenState::Active && now < self.expires_at
    }
}
