//! AES-256-GCM for secrets that must be readable again: signing keys and third-party secrets.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use claviger_domain::{Randomness, SealedBytes};

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "sealed bytes cannot be opened: they belong to another row, or their master key is not in keys/master.key"
)]
pub struct SealingError;

/// A nonce, 32 bytes and a tag.
pub const WRAPPED_KEY_LENGTH: usize = NONCE_LEN + 32 + 16;

pub struct Sealer {
    key_id: String,
    key: LessSafeKey,
}

impl Sealer {
    pub fn new(key_id: &str, key: &[u8; 32]) -> Result<Self, SealingError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| SealingError)?;
        Ok(Self { key_id: key_id.to_owned(), key: LessSafeKey::new(key) })
    }

    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Nonce, ciphertext, tag. Nonces are random: a master key seals far fewer than 2³² rows.
    pub fn seal(
        &self,
        identity: &str,
        plain: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<SealedBytes, SealingError> {
        let nonce = randomness.bytes::<NONCE_LEN>();
        let mut sealed = plain.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(identity.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| SealingError)?;
        let mut ciphertext = nonce.to_vec();
        ciphertext.append(&mut sealed);
        Ok(SealedBytes { key_id: self.key_id.clone(), ciphertext })
    }

    pub fn open(&self, identity: &str, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        let (nonce, sealed) = ciphertext.split_at_checked(NONCE_LEN).ok_or(SealingError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealingError)?;
        let mut buffer = Zeroizing::new(sealed.to_vec());
        let length = self
            .key
            .open_in_place(nonce, Aad::from(identity.as_bytes()), &mut buffer)
            .map_err(|_| SealingError)?
            .len();
        buffer.truncate(length);
        Ok(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SystemRandomness;

    #[test]
    fn sealed_bytes_open_for_their_row_alone_and_unchanged() {
        let randomness = SystemRandomness::new();
        let sealer = Sealer::new("k1", &[7; 32]).expect("a sealer");
        let sealed = sealer.seal("signing_key/a", b"private", &randomness).expect("sealed");
        assert!(!sealed.ciphertext.windows(7).any(|part| part == b"private"));
        assert_eq!(*sealer.open("signing_key/a", &sealed.ciphertext).expect("open"), b"private");
        assert_eq!(sealer.open("signing_key/b", &sealed.ciphertext).map(|_| ()), Err(SealingError));
        for index in 0..sealed.ciphertext.len() {
            let mut changed = sealed.ciphertext.clone();
            changed[index] ^= 1;
            assert!(sealer.open("signing_key/a", &changed).is_err(), "byte {index}");
        }
        assert!(sealer.open("signing_key/a", &[]).is_err());
    }
}
