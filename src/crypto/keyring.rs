//! The keys derived from the master keys, one per purpose.

use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use zeroize::Zeroizing;

use super::master_key::{MasterKey, MasterKeys};
use super::sealing::Sealer;
use super::{SealingError, SecretDigester};
use crate::domain::{Randomness, SealedBytes};

/// Seals with the first master key, opens and recognises with all of them.
pub struct Keyring {
    sealers: Vec<Sealer>,
    digester: SecretDigester,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Keyring {
    pub fn derive(master: &MasterKeys) -> Result<Self, SealingError> {
        let mut sealers = Vec::new();
        let mut digest_keys = Vec::new();
        for key in master.iter() {
            let sealing_key = subkey(key, b"seal")?;
            sealers.push(Sealer::new(&key.id, &sealing_key)?);
            digest_keys.push(subkey(key, b"digest")?);
        }
        Ok(Self { sealers, digester: SecretDigester::new(&digest_keys) })
    }

    pub fn digester(&self) -> &SecretDigester {
        &self.digester
    }

    /// `identity` names the row; sealed bytes moved to another row do not open.
    pub fn seal(
        &self,
        identity: &str,
        plain: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<SealedBytes, SealingError> {
        self.sealers.first().ok_or(SealingError)?.seal(identity, plain, randomness)
    }

    pub fn open(&self, identity: &str, sealed: &SealedBytes) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        self.sealers
            .iter()
            .find(|sealer| sealer.key_id() == sealed.key_id)
            .ok_or(SealingError)?
            .open(identity, &sealed.ciphertext)
    }
}

fn subkey(master: &MasterKey, purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealingError> {
    let prk: Prk = Salt::new(HKDF_SHA256, b"claviger").extract(&*master.bytes);
    let mut key = Zeroizing::new([0; 32]);
    let info = [purpose];
    let material = prk.expand(&info, Length(32)).map_err(|_| SealingError)?;
    material.fill(&mut *key).map_err(|_| SealingError)?;
    Ok(key)
}
