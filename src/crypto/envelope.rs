//! Secrets sealed under a data key of their own, which the master key wraps. A new master key wraps the data key again,
//! and never touches the secret.

use zeroize::Zeroizing;

use crate::crypto::keyring::Keyring;
use crate::crypto::sealing::{Sealer, SealingError, WRAPPED_KEY_LENGTH};
use claviger_domain::{Randomness, SealedBytes};

/// The wrapped data key, then what it seals. Both are bound to `identity`, the name of the row.
impl Keyring {
    pub fn seal_in_envelope(
        &self,
        identity: &str,
        plain: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<SealedBytes, SealingError> {
        let data_key = Zeroizing::new(randomness.bytes::<32>());
        let mut wrapped = self.seal(&key_identity(identity), &*data_key, randomness)?;
        let mut sealed = Sealer::new("", &data_key)?.seal(identity, plain, randomness)?;
        wrapped.ciphertext.append(&mut sealed.ciphertext);
        Ok(wrapped)
    }

    pub fn open_envelope(
        &self,
        identity: &str,
        sealed: &SealedBytes,
    ) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        let (wrapped, secret) = parts(sealed)?;
        let data_key = self.open(&key_identity(identity), &wrapped)?;
        let data_key: &[u8; 32] = data_key.as_slice().try_into().map_err(|_| SealingError)?;
        Sealer::new("", data_key)?.open(identity, secret)
    }

    /// The same secret, with its data key wrapped under the active master key.
    pub fn wrap_again(
        &self,
        identity: &str,
        sealed: &SealedBytes,
        randomness: &dyn Randomness,
    ) -> Result<SealedBytes, SealingError> {
        let (wrapped, secret) = parts(sealed)?;
        let data_key = self.open(&key_identity(identity), &wrapped)?;
        let mut again = self.seal(&key_identity(identity), &data_key, randomness)?;
        again.ciphertext.extend_from_slice(secret);
        Ok(again)
    }
}

/// A wrapped key and a secret are never taken for one another.
fn key_identity(identity: &str) -> String {
    format!("data_key/{identity}")
}

fn parts(sealed: &SealedBytes) -> Result<(SealedBytes, &[u8]), SealingError> {
    let (key, secret) = sealed.ciphertext.split_at_checked(WRAPPED_KEY_LENGTH).ok_or(SealingError)?;
    Ok((SealedBytes { key_id: sealed.key_id.clone(), ciphertext: key.to_vec() }, secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::{MasterKeys, SystemRandomness};

    #[test]
    fn new_master_key_wraps_the_data_key_and_leaves_the_secret() {
        let randomness = SystemRandomness::new();
        let folder = tempfile::tempdir().expect("a folder");
        MasterKeys::create(folder.path(), &randomness).expect("a key");
        let keyring = Keyring::watch(folder.path()).expect("a keyring");
        let sealed = keyring.seal_in_envelope("row/a", b"secret", &randomness).expect("sealed");
        let id = MasterKeys::add(folder.path(), &randomness).expect("another key");
        assert!(keyring.activate(&id));
        let again = keyring.wrap_again("row/a", &sealed, &randomness).expect("wrapped");
        assert_eq!((again.key_id.as_str(), sealed.key_id == again.key_id), (id.as_str(), false));
        assert_eq!(sealed.ciphertext[WRAPPED_KEY_LENGTH..], again.ciphertext[WRAPPED_KEY_LENGTH..]);
        for envelope in [&sealed, &again] {
            assert_eq!(*keyring.open_envelope("row/a", envelope).expect("open"), b"secret");
            assert!(keyring.open_envelope("row/b", envelope).is_err());
            for index in 0..envelope.ciphertext.len() {
                let mut changed = envelope.clone();
                changed.ciphertext[index] ^= 1;
                assert!(keyring.open_envelope("row/a", &changed).is_err(), "byte {index}");
            }
        }
        let cut =
            SealedBytes { key_id: id, ciphertext: sealed.ciphertext[..WRAPPED_KEY_LENGTH - 1].to_vec() };
        assert!(keyring.open_envelope("row/a", &cut).is_err());
    }
}
