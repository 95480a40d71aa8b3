//! Opaque bearer secrets that a member owns: personal access tokens, API tokens, and the sessions of the console.

use claviger_contract::{Position, Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{Id, Is};
use crate::records::member::MemberId;
use crate::records::names::Description;
use crate::records::secrets::secret::SecretKind;
use crate::records::secrets::secret_digest::SecretDigest;
use crate::records::status::Term;
use crate::records::usage::Used;
use crate::sign_in::method::SignInMethod;

pub type MemberTokenId = Id<MemberToken>;

impl Is<Used> for MemberToken {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberToken {
    pub id: MemberTokenId,
    #[serde(default)]
    pub kind: MemberTokenKind,
    pub member: MemberId,
    pub description: Description,
    /// Sorted; limited at each use to the member's current scopes.
    pub scopes: Vec<Scope>,
    pub digest: SecretDigest,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub state: MemberTokenState,
    /// How the member signed in. Of sessions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignInMethod>,
    /// Position of the log row that created it. A later cut of its realm revokes it; zero precedes every cut.
    #[serde(skip)]
    pub position: Position,
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
    /// Acts as its member, including in the administration API.
    #[default]
    PersonalAccessToken,
    /// For REST, git and the registry, within its chosen scopes. It never administers.
    ApiToken,
    /// A browser that is signed in to the console. It acts as its member, and is accepted nowhere else.
    Session,
}

impl MemberTokenKind {
    pub const ALL: [Self; 3] = [Self::PersonalAccessToken, Self::ApiToken, Self::Session];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PersonalAccessToken => "personal_access_token",
            Self::ApiToken => "api_token",
            Self::Session => "session",
        }
    }

    /// The name used in messages.
    pub const fn words(self) -> &'static str {
        match self {
            Self::PersonalAccessToken => "personal access token",
            Self::ApiToken => "API token",
            Self::Session => "session",
        }
    }

    pub const fn secret(self) -> SecretKind {
        match self {
            Self::PersonalAccessToken => SecretKind::PersonalAccessToken,
            Self::ApiToken => SecretKind::ApiToken,
            Self::Session => SecretKind::Session,
        }
    }
}

impl MemberToken {
    pub fn term(&self) -> Term {
        Term { is_revoked: self.state != MemberTokenState::Active, ends_at: Some(self.expires_at) }
    }

    pub fn is_live(&self, now: Timestamp) -> bool {
        self.term().is_live(now)
    }
}
