//! What the master keys of this machine open of a database or a backup, and the same wrapped under another one.

use claviger_contract::RealmLabel;

use crate::crypto::Keyring;
use crate::store::{SealedOwner, SealedPart};
use claviger_domain::{
    LocalAccount, Randomness, SealedBytes, SignInProvider, SigningKey, SourceCredential, Webhook,
};

/// The name that the sealed bytes are bound to; `None` if the row has no valid key.
fn identity(part: &SealedPart) -> Option<String> {
    let realm = part.realm.parse::<RealmLabel>().ok()?;
    Some(match &part.owner {
        SealedOwner::SigningKey { kid } => SigningKey::sealed_identity(&realm, kid),
        SealedOwner::LocalAccount { id } => LocalAccount::sealed_identity(&realm, id.parse().ok()?),
        SealedOwner::SourceCredential { id } => SourceCredential::sealed_identity(&realm, id.parse().ok()?),
        SealedOwner::Webhook { id } => Webhook::sealed_identity(&realm, id.parse().ok()?),
        SealedOwner::SignInProvider { id } => SignInProvider::sealed_identity(&realm, id.parse().ok()?),
    })
}

pub fn opens(keyring: &Keyring, part: &SealedPart) -> bool {
    let Some(identity) = identity(part) else { return false };
    match &part.owner {
        SealedOwner::SigningKey { .. } => keyring.open(&identity, &part.sealed).is_ok(),
        SealedOwner::LocalAccount { .. }
        | SealedOwner::SourceCredential { .. }
        | SealedOwner::Webhook { .. }
        | SealedOwner::SignInProvider { .. } => keyring.open_envelope(&identity, &part.sealed).is_ok(),
    }
}

/// An envelope with its data key wrapped under the active master key.
pub fn wrapped_again(
    keyring: &Keyring,
    part: &SealedPart,
    randomness: &dyn Randomness,
) -> Result<SealedBytes, String> {
    let identity = identity(part).ok_or_else(|| format!("the {part} has no valid key"))?;
    keyring.wrap_again(&identity, &part.sealed, randomness).map_err(|error| error.to_string())
}
