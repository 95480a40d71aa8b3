//! Clients that a member owns, with scopes that the member chose.

use claviger_contract::{Scope, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::ids::{Id, Is};
use crate::records::member::MemberId;
use crate::records::names::{Description, Name};
use crate::records::secrets::secret_digest::SecretDigest;
use crate::records::status::{Term, first_end};
use crate::records::usage::Used;

/// Also its client id.
pub type ApplicationCredentialId = Id<ApplicationCredential>;

impl Is<Client> for ApplicationCredential {}
impl Is<Used> for ApplicationCredential {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationCredential {
    pub id: ApplicationCredentialId,
    pub member: MemberId,
    pub name: Name,
    pub description: Description,
    pub key_digest: SecretDigest,
    /// Sorted; a token gets those that the owner holds when it is issued.
    pub scopes: Vec<Scope>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// `None` means never.
    pub expires_at: Option<Timestamp>,
    pub state: ApplicationCredentialState,
    /// The credential that it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ApplicationCredentialId>,
    /// Set on a replaced credential: from this second on it is refused, even if it was never revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap_ends_at: Option<Timestamp>,
}

/// Revocation is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ApplicationCredentialState {
    Active,
    Revoked { at: Timestamp },
}

impl ApplicationCredential {
    /// Lifetime of its access tokens; refresh tokens make longer ones unnecessary.
    pub const TOKEN_SECONDS: i64 = 3_600;

    /// Maximum lifetime of its refresh tokens.
    pub const REFRESH_SECONDS: i64 = claviger_contract::MAX_REFRESH_TOKEN_SECONDS;

    /// When it expires, or the end of the overlap with its successor if that is earlier.
    pub fn ends_at(&self) -> Option<Timestamp> {
        first_end(self.expires_at, self.overlap_ends_at)
    }

    pub fn term(&self) -> Term {
        Term { is_revoked: self.state != ApplicationCredentialState::Active, ends_at: self.ends_at() }
    }

    pub fn is_live(&self, now: Timestamp) -> bool {
        self.term().is_live(now)
    }
}
