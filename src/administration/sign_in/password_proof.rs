//! That a password was right, until the second factor is presented: a sealed text that the browser keeps.

use claviger_contract::{RealmLabel, Timestamp};
use serde::{Deserialize, Serialize};

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::sign_in::kept_text;
use claviger_domain::{LocalAccount, MemberId, SecretSetId};

/// Ends with the secrets of the account. Made only where a password was verified.
#[derive(Debug, Serialize, Deserialize)]
pub struct PasswordProof {
    pub member: MemberId,
    secrets: Option<SecretSetId>,
    password_set_at: Option<Timestamp>,
}

impl PasswordProof {
    pub const LIFETIME_SECONDS: i64 = 600;

    pub(super) fn of(account: &LocalAccount) -> Self {
        let LocalAccount { id, secrets, password_set_at, .. } = *account;
        Self { member: id, secrets, password_set_at }
    }

    /// Sets of secrets from before they had names are told apart by the time of the password.
    pub(super) fn is_of(&self, account: &LocalAccount) -> bool {
        (self.secrets, self.password_set_at) == (account.secrets, account.password_set_at)
    }

    pub fn seal(
        &self,
        administration: &Administration,
        realm: &RealmLabel,
    ) -> Result<String, AdministrationError> {
        kept_text::seal(administration, &identity(realm), self)
    }

    /// `None` if it is none of this realm, or too old.
    pub fn open(administration: &Administration, realm: &RealmLabel, sealed: &str) -> Option<Self> {
        kept_text::open(administration, &identity(realm), sealed, Self::LIFETIME_SECONDS)
    }
}

fn identity(realm: &RealmLabel) -> String {
    format!("password_proof/{realm}")
}
