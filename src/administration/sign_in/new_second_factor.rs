//! A second factor that is being set up: nothing of it is stored before a code proves that the app has it.

use claviger_contract::RealmLabel;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::sign_in::kept_text;
use crate::crypto::TotpSecret;
use claviger_domain::{MemberId, SecretSetId};

/// Who sets it up. What was begun in one way is not finished in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetUpBy {
    /// Somebody who has just set the password by a link, and has no session.
    Invitation,
    /// A member who is signed in.
    Session,
}

/// The page keeps it, sealed, until the code is typed.
#[derive(Serialize, Deserialize)]
pub struct NewSecondFactor {
    pub member: MemberId,
    /// The secrets that the account has until then: if others have been set meanwhile, this is stale.
    pub(super) secrets: Option<SecretSetId>,
    pub(super) totp: TotpSecret,
}

/// Time enough to install an app.
const LIFETIME_SECONDS: i64 = 1_800;

impl NewSecondFactor {
    pub fn generate(administration: &Administration, member: MemberId, secrets: Option<SecretSetId>) -> Self {
        Self { member, secrets, totp: TotpSecret::generate(administration.ledger.randomness()) }
    }

    /// In base32, as people type it into an app.
    pub fn text(&self) -> Zeroizing<String> {
        self.totp.text()
    }

    /// What a QR code holds.
    pub fn address(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        self.totp.address(issuer, account)
    }

    pub fn seal(
        &self,
        administration: &Administration,
        realm: &RealmLabel,
        by: SetUpBy,
    ) -> Result<String, AdministrationError> {
        kept_text::seal(administration, &identity(realm, by), self)
    }

    /// `None` if it is none of this realm, or too old.
    pub fn open(
        administration: &Administration,
        realm: &RealmLabel,
        by: SetUpBy,
        sealed: &str,
    ) -> Option<Self> {
        kept_text::open(administration, &identity(realm, by), sealed, LIFETIME_SECONDS)
    }
}

fn identity(realm: &RealmLabel, by: SetUpBy) -> String {
    match by {
        SetUpBy::Invitation => format!("second_factor/invitation/{realm}"),
        SetUpBy::Session => format!("second_factor/session/{realm}"),
    }
}
