//! Local accounts: members who sign in with a password of this server.

use claviger_contract::{RealmLabel, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::Id;
use crate::records::member::MemberId;
use crate::records::secrets::secret_digest::SecretDigest;

/// Names a set of secrets without showing them. Another set has another name.
pub type SecretSetId = Id<SecretSet>;

pub enum SecretSet {}

/// Without password, second factor and recovery codes, which are sealed outside of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalAccount {
    /// Of the member.
    pub id: MemberId,
    /// The last link that was made to set the account up, if it was not used.
    pub invitation: Option<Invitation>,
    /// When the password was set; `None` before the first link was used.
    pub password_set_at: Option<Timestamp>,
    pub has_second_factor: bool,
    pub recovery_codes_left: u8,
    /// The password and the second factor; `None` for a password from before sets had names.
    #[serde(default)]
    pub secrets: Option<SecretSetId>,
    /// The recovery codes, with those that were used.
    #[serde(default)]
    pub recovery_codes: Option<SecretSetId>,
    /// The step (RFC 6238 §4.2) of the last code that was accepted: none up to it is accepted again.
    #[serde(default)]
    pub last_code_step: Option<i64>,
    /// When it last signed in on a browser that was not signed in.
    #[serde(default)]
    pub signed_in_at: Option<Timestamp>,
    /// The account holders who know about that sign-in.
    #[serde(default)]
    pub known_to: Vec<MemberId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A link that sets a password, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub digest: SecretDigest,
    pub expires_at: Timestamp,
}

impl LocalAccount {
    /// How long account holders are told of a sign-in.
    pub const TOLD_SECONDS: i64 = 7 * 86_400;

    /// How long a link works.
    pub const INVITATION_SECONDS: i64 = 3 * 86_400;

    /// Shorter passwords are refused (NIST SP 800-63B-4 §3.1.1.2 asks for 15 without a second factor).
    pub const MIN_PASSWORD_CHARACTERS: usize = 15;

    /// Longer passwords are refused, so that hashing one costs the same as any other.
    pub const MAX_PASSWORD_BYTES: usize = 512;

    /// Identifies the row of its secrets, which cannot be opened for another row.
    pub fn sealed_identity(realm: &RealmLabel, id: MemberId) -> String {
        format!("local_account/{realm}/{id}")
    }

    pub fn new(id: MemberId, now: Timestamp) -> Self {
        Self {
            id,
            invitation: None,
            password_set_at: None,
            has_second_factor: false,
            recovery_codes_left: 0,
            secrets: None,
            recovery_codes: None,
            last_code_step: None,
            signed_in_at: None,
            known_to: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// The last sign-in, if it is recent and this account holder has not said that it is known.
    pub fn sign_in_to_tell(&self, holder: MemberId, now: Timestamp) -> Option<Timestamp> {
        let told = |at: &Timestamp| now < at.plus_seconds(Self::TOLD_SECONDS);
        self.signed_in_at.filter(told).filter(|_| !self.known_to.contains(&holder))
    }

    /// Whether a link that was made for this account still sets its password.
    pub fn accepts(&self, digest: &SecretDigest, now: Timestamp) -> bool {
        self.invitation
            .as_ref()
            .is_some_and(|invitation| invitation.digest == *digest && now < invitation.expires_at)
    }
}
