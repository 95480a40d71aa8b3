//! The secrets of a local account, sealed as one text.

use claviger_contract::RealmLabel;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::administration::error::AdministrationError;
use crate::crypto::{Keyring, PasswordHash, RecoveryCodes, TotpSecret};
use claviger_domain::{LocalAccount, MemberId, Randomness, SealedBytes};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LocalSecrets {
    pub password: PasswordHash,
    /// Of the authenticator app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totp: Option<TotpSecret>,
    #[serde(default)]
    pub recovery_codes: RecoveryCodes,
}

impl LocalSecrets {
    pub fn seal(
        &self,
        keyring: &Keyring,
        realm: &RealmLabel,
        id: MemberId,
        randomness: &dyn Randomness,
    ) -> Result<SealedBytes, AdministrationError> {
        let text = serde_json::to_vec(self).map_err(|error| crypto(&error))?;
        let text = Zeroizing::new(text);
        let identity = LocalAccount::sealed_identity(realm, id);
        keyring.seal_in_envelope(&identity, &text, randomness).map_err(|error| crypto(&error))
    }

    pub fn open(
        keyring: &Keyring,
        realm: &RealmLabel,
        id: MemberId,
        sealed: &SealedBytes,
    ) -> Result<Self, AdministrationError> {
        let identity = LocalAccount::sealed_identity(realm, id);
        let opened = keyring.open_envelope(&identity, sealed).map_err(|error| crypto(&error))?;
        // The reason is not told, because it would show a part of them.
        serde_json::from_slice(&opened).map_err(|_| {
            AdministrationError::Crypto(format!("local account {id}: its opened secrets are none"))
        })
    }
}

fn crypto(error: &dyn std::fmt::Display) -> AdministrationError {
    AdministrationError::Crypto(format!("local account: {error}"))
}
