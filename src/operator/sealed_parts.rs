//! Whether the master keys of this machine open what a database or a backup keeps sealed.

use claviger_contract::RealmLabel;

use crate::crypto::Keyring;
use crate::store::{SealedOwner, SealedPart};
use claviger_domain::{SigningKey, SourceCredential};

pub fn opens(keyring: &Keyring, part: &SealedPart) -> bool {
    let Ok(realm) = part.realm.parse::<RealmLabel>() else { return false };
    match &part.owner {
        SealedOwner::SigningKey { kid } => {
            keyring.open(&SigningKey::sealed_identity(&realm, kid), &part.sealed).is_ok()
        }
        SealedOwner::SourceCredential { id } => id.parse().is_ok_and(|id| {
            keyring.open_envelope(&SourceCredential::sealed_identity(&realm, id), &part.sealed).is_ok()
        }),
    }
}
