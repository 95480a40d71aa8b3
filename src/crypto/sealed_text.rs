//! Short-lived texts that a browser keeps for this server, such as the value of a cookie.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use zeroize::Zeroizing;

use crate::crypto::keyring::Keyring;
use crate::crypto::sealing::{Sealer, SealingError};
use claviger_domain::Randomness;

const SALT_BYTES: usize = 16;

/// `{id of the master key}.{base64url}`. Anybody can make a server seal any number of them, so each has a key of its
/// own, derived from the master key and a random salt: random nonces under one key are safe for 2³² texts only.
impl Keyring {
    pub fn seal_text(
        &self,
        identity: &str,
        plain: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<String, SealingError> {
        let keys = self.text_keys();
        let (id, key) = keys.first().ok_or(SealingError)?;
        let salt = randomness.bytes::<SALT_BYTES>();
        let mut bytes = salt.to_vec();
        bytes.extend(sealer(key, &salt)?.seal(identity, plain, randomness)?.ciphertext);
        Ok(format!("{id}.{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what any server with the master key has sealed for this identity.
    pub fn open_text(&self, identity: &str, text: &str) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        let (id, encoded) = text.split_once('.').ok_or(SealingError)?;
        let keys = self.text_keys();
        let (_, key) = keys.iter().find(|(known, _)| known == id).ok_or(SealingError)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| SealingError)?;
        let (salt, sealed) = bytes.split_at_checked(SALT_BYTES).ok_or(SealingError)?;
        sealer(key, salt)?.open(identity, sealed)
    }
}

fn sealer(key: &hmac::Key, salt: &[u8]) -> Result<Sealer, SealingError> {
    let derived = hmac::sign(key, salt);
    let derived: &[u8; 32] = derived.as_ref().try_into().map_err(|_| SealingError)?;
    Sealer::new("", derived)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{MasterKeys, SystemRandomness};

    #[test]
    fn text_opens_for_its_identity_alone_and_unchanged_also_under_an_older_master_key() {
        let randomness = SystemRandomness::new();
        let folder = tempfile::tempdir().expect("a folder");
        MasterKeys::create(folder.path(), &randomness).expect("a key");
        let keyring = Keyring::watch(folder.path()).expect("a keyring");
        let text = keyring.seal_text("sign_in/acme", b"plain", &randomness).expect("sealed");
        assert_ne!(text, keyring.seal_text("sign_in/acme", b"plain", &randomness).expect("sealed"));
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "{text}");
        let id = MasterKeys::add(folder.path(), &randomness).expect("another key");
        assert!(keyring.activate(&id));
        assert_eq!(*keyring.open_text("sign_in/acme", &text).expect("open"), b"plain");
        assert!(keyring.open_text("sign_in/other", &text).is_err());
        for index in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert!(keyring.open_text("sign_in/acme", &changed).is_err(), "byte {index}");
        }
        for other in
            ["", ".", "x", &format!("{id}."), &format!("{id}.AAAA"), &format!("{text}AA"), &text[1..]]
        {
            assert!(keyring.open_text("sign_in/acme", other).is_err(), "{other}");
        }
        let other = tempfile::tempdir().expect("a folder");
        MasterKeys::create(other.path(), &randomness).expect("a key");
        let other = Keyring::watch(other.path()).expect("a keyring");
        assert!(other.open_text("sign_in/acme", &text).is_err());
    }
}
