//! The client secret of a sign-in provider, sealed.

use claviger_contract::RealmLabel;
use zeroize::Zeroizing;

use crate::crypto::{Keyring, SealingError};
use crate::sign_in::identity_providers::ClientSecret;
use claviger_domain::{Randomness, SealedBytes, SignInProvider, SignInProviderId};

pub fn seal_client_secret(
    keyring: &Keyring,
    realm: &RealmLabel,
    id: SignInProviderId,
    secret: &ClientSecret,
    randomness: &dyn Randomness,
) -> Result<SealedBytes, SealingError> {
    let identity = SignInProvider::sealed_identity(realm, id);
    keyring.seal_in_envelope(&identity, secret.expose().as_bytes(), randomness)
}

pub fn open_client_secret(
    keyring: &Keyring,
    realm: &RealmLabel,
    id: SignInProviderId,
    sealed: &SealedBytes,
) -> Result<ClientSecret, SealingError> {
    let opened = keyring.open_envelope(&SignInProvider::sealed_identity(realm, id), sealed)?;
    let text = std::str::from_utf8(&opened).map_err(|_| SealingError)?;
    Ok(ClientSecret::new(Zeroizing::new(text.to_owned())))
}
