//! The secret fields of a source credential, sealed as one text.

use claviger_contract::RealmLabel;
use claviger_vault::{FieldValue, Fields};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::crypto::{Keyring, SealingError};
use claviger_domain::{Randomness, SealedBytes, SourceCredential, SourceCredentialId};

#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("source credential {id}: {source}")]
    Sealing { id: SourceCredentialId, source: SealingError },
    /// The reason is not told, because it would show a part of them.
    #[error("source credential {0}: its opened secrets are not an object")]
    Malformed(SourceCredentialId),
}

/// `None` if there is no secret.
pub fn seal_secrets(
    keyring: &Keyring,
    realm: &RealmLabel,
    id: SourceCredentialId,
    fields: &Fields,
    randomness: &dyn Randomness,
) -> Result<Option<SealedBytes>, SecretsError> {
    let secret = |(name, value): (&str, &FieldValue)| match value {
        FieldValue::Secret(text) => Some((name.to_owned(), Value::from(text.as_str()))),
        _ => None,
    };
    let secrets: Map<String, Value> = fields.iter().filter_map(secret).collect();
    if secrets.is_empty() {
        return Ok(None);
    }
    let text = Zeroizing::new(Value::Object(secrets).to_string());
    let identity = SourceCredential::sealed_identity(realm, id);
    let sealed = keyring.seal_in_envelope(&identity, text.as_bytes(), randomness);
    sealed.map(Some).map_err(|source| SecretsError::Sealing { id, source })
}

pub fn open_secrets(
    keyring: &Keyring,
    realm: &RealmLabel,
    id: SourceCredentialId,
    sealed: Option<&SealedBytes>,
) -> Result<Map<String, Value>, SecretsError> {
    let Some(sealed) = sealed else { return Ok(Map::new()) };
    let identity = SourceCredential::sealed_identity(realm, id);
    let opened =
        keyring.open_envelope(&identity, sealed).map_err(|source| SecretsError::Sealing { id, source })?;
    serde_json::from_slice(&opened).map_err(|_| SecretsError::Malformed(id))
}
