//! Clients that a member owns, with scopes that the member chose.

use claviger_contract::{Scope, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Description, Name, SecretDigest};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationCredential {
    /// Also its client id.
    pub id: Uuid,
    pub member: Uuid,
    pub name: Name,
    pub description: Description,
    pub key_digest: SecretDigest,
    /// Sorted; a token gets of them what the owner has when it is issued.
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// `None` is never.
    pub expires_at: Option<Timestamp>,
    pub state: ApplicationCredentialState,
}

/// Revocation is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ApplicationCredentialState {
    Active,
    Revoked { at: Timestamp },
}

impl ApplicationCredential {
    /// How long its access tokens live: the refresh token that comes with each makes longer ones pointless.
    pub const TOKEN_SECONDS: i64 = 3_600;

    /// How long its refresh tokens live at most.
    pub const REFRESH_SECONDS: i64 = 30 * 24 * 3_600;

    pub fn is_live(&self, now: Timestamp) -> bool {
        self.state == ApplicationCredentialState::Active && self.expires_at.is_none_or(|end| now < end)
    }
}
