//! The keys derived from the master keys, one per purpose.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::hmac;
use zeroize::Zeroizing;

use crate::crypto::digests::SecretDigester;
use crate::crypto::master_key::{FileState, MasterKey, MasterKeyError, MasterKeys};
use crate::crypto::sealing::Sealer;
use crate::crypto::sealing::SealingError;
use claviger_domain::{Randomness, SealedBytes};

/// Seals with the active master key, opens and recognizes with all of them. The keys and the active key may change
/// during use.
pub struct Keyring {
    sealers: ArcSwap<Vec<Arc<Sealer>>>,
    /// For sealed texts, with the ids of their master keys, the active one first.
    text_keys: ArcSwap<Vec<(String, hmac::Key)>>,
    digester: SecretDigester,
    /// Locked only during a change.
    held: Mutex<Held>,
}

struct Held {
    keys: Vec<Derived>,
    /// `None`: the first one.
    active: Option<String>,
    /// The folder of the keys, and the last known state of the file; `None` while the file is missing.
    file: Option<(PathBuf, Option<FileState>)>,
}

struct Derived {
    sealer: Arc<Sealer>,
    digest_key: hmac::Key,
    text_key: hmac::Key,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Keyring {
    pub fn derive(master: &MasterKeys) -> Result<Self, SealingError> {
        Ok(Self::of(derive(master)?, None))
    }

    /// As [`Self::derive`]; also reads the file again when it changes.
    pub fn watch(folder: &Path) -> Result<Self, MasterKeyError> {
        let state = MasterKeys::file_state(folder)?;
        let keys = derive(&MasterKeys::load(folder)?).map_err(|_| MasterKeyError::Derivation)?;
        Ok(Self::of(keys, Some((folder.to_path_buf(), Some(state)))))
    }

    fn of(keys: Vec<Derived>, file: Option<(PathBuf, Option<FileState>)>) -> Self {
        let keyring = Self {
            sealers: ArcSwap::default(),
            text_keys: ArcSwap::default(),
            digester: SecretDigester::new(Vec::new()),
            held: Mutex::new(Held { keys, active: None, file }),
        };
        keyring.change(|held| keyring.publish(held));
        keyring
    }

    pub(super) fn text_keys(&self) -> Arc<Vec<(String, hmac::Key)>> {
        self.text_keys.load_full()
    }

    pub fn digester(&self) -> &SecretDigester {
        &self.digester
    }

    /// The ids of the master keys that open, the active one first.
    pub fn ids(&self) -> Vec<String> {
        self.sealers.load().iter().map(|sealer| sealer.key_id().to_owned()).collect()
    }

    /// Makes this key seal and digest from now on. Returns `false` if neither memory nor the file has a key of this id.
    pub fn activate(&self, id: &str) -> bool {
        if self.sealers.load().first().is_some_and(|sealer| sealer.key_id() == id) {
            return true;
        }
        let _ = self.find(id);
        self.change(|held| {
            let is_there = held.keys.iter().any(|key| key.sealer.key_id() == id);
            if is_there {
                held.active = Some(id.to_owned());
                self.publish(held);
            }
            is_there
        })
    }

    /// Reads the file again if it has changed, and returns whether it has. An unusable file leaves the keys as they
    /// are.
    pub fn refresh(&self) -> Result<bool, MasterKeyError> {
        self.change(|held| {
            let Some((folder, known)) = &mut held.file else { return Ok(false) };
            let state = MasterKeys::file_state(folder).ok();
            if state == *known {
                return Ok(false);
            }
            // Report an error in the file only once.
            *known = state;
            let keys = derive(&MasterKeys::load(folder)?).map_err(|_| MasterKeyError::Derivation)?;
            let active = held.active.clone();
            if let Some(id) = active.filter(|id| !keys.iter().any(|key| key.sealer.key_id() == id)) {
                return Err(MasterKeyError::LacksActive { path: MasterKeys::file(folder), id });
            }
            held.keys = keys;
            self.publish(held);
            Ok(true)
        })
    }

    /// `identity` names the row; sealed bytes moved to another row do not open.
    pub fn seal(
        &self,
        identity: &str,
        plain: &[u8],
        randomness: &dyn Randomness,
    ) -> Result<SealedBytes, SealingError> {
        self.sealers.load().first().ok_or(SealingError)?.seal(identity, plain, randomness)
    }

    /// Looks for an unknown key in the file, which may have been replaced.
    pub fn open(&self, identity: &str, sealed: &SealedBytes) -> Result<Zeroizing<Vec<u8>>, SealingError> {
        self.find(&sealed.key_id).ok_or(SealingError)?.open(identity, &sealed.ciphertext)
    }

    fn find(&self, id: &str) -> Option<Arc<Sealer>> {
        let find = || self.sealers.load().iter().find(|sealer| sealer.key_id() == id).cloned();
        find().or_else(|| {
            // The caller reports that it cannot be opened. The periodic refresh reports why the file cannot be read.
            self.refresh().ok();
            find()
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Held) -> T) -> T {
        change(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn publish(&self, held: &Held) {
        let is_active = |key: &&Derived| held.active.as_deref() == Some(key.sealer.key_id());
        let active = held.keys.iter().filter(is_active);
        let ordered: Vec<&Derived> = active.chain(held.keys.iter().filter(|key| !is_active(key))).collect();
        // Digests under a new key must be recognized before one is made.
        self.digester.set(ordered.iter().map(|key| key.digest_key.clone()).collect());
        let text_key = |key: &&Derived| (key.sealer.key_id().to_owned(), key.text_key.clone());
        self.text_keys.store(Arc::new(ordered.iter().map(text_key).collect()));
        self.sealers.store(Arc::new(ordered.iter().map(|key| key.sealer.clone()).collect()));
    }
}

fn derive(master: &MasterKeys) -> Result<Vec<Derived>, SealingError> {
    let derived = |key: &MasterKey| {
        let sealer = Arc::new(Sealer::new(&key.id, &*subkey(key, b"seal")?)?);
        let hmac_key = |purpose| Ok(hmac::Key::new(hmac::HMAC_SHA256, &subkey(key, purpose)?[..]));
        Ok(Derived { sealer, digest_key: hmac_key(b"digest")?, text_key: hmac_key(b"text")? })
    };
    master.iter().map(derived).collect()
}

fn subkey(master: &MasterKey, purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>, SealingError> {
    let prk: Prk = Salt::new(HKDF_SHA256, b"claviger").extract(&*master.bytes);
    let mut key = Zeroizing::new([0; 32]);
    let info = [purpose];
    let material = prk.expand(&info, Length(32)).map_err(|_| SealingError)?;
    material.fill(&mut *key).map_err(|_| SealingError)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SystemRandomness;

    #[test]
    fn a_key_that_comes_into_the_file_opens_at_once_and_seals_when_it_is_activated() {
        let randomness = SystemRandomness::new();
        let folder = tempfile::tempdir().expect("a folder");
        MasterKeys::create(folder.path(), &randomness).expect("a key");
        let (first, second) = (
            Keyring::watch(folder.path()).expect("a keyring"),
            Keyring::watch(folder.path()).expect("a keyring"),
        );
        let old_id = first.ids().remove(0);
        let old_digest = first.digester().digest("secret");
        let id = MasterKeys::add(folder.path(), &randomness).expect("another key");
        assert_eq!(first.ids(), std::slice::from_ref(&old_id));
        assert!(first.activate(&id) && !first.activate("unknown"));
        assert_eq!(first.ids(), [id.clone(), old_id.clone()]);
        let sealed = first.seal("row", b"plain", &randomness).expect("sealed");
        assert_eq!(sealed.key_id, id);
        assert_eq!(*second.open("row", &sealed).expect("it reads the file again"), b"plain");
        assert_eq!(second.ids(), [old_id, id], "and seals as before");
        let new_digest = first.digester().digest("secret");
        assert_ne!(new_digest, old_digest);
        for keyring in [&first, &second] {
            assert!(keyring.digester().matches("secret", Some(&old_digest)));
            assert!(keyring.digester().matches("secret", Some(&new_digest)));
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_leaves_the_keys_as_they_are() {
        let randomness = SystemRandomness::new();
        let folder = tempfile::tempdir().expect("a folder");
        let file = MasterKeys::create(folder.path(), &randomness).expect("a key");
        let keyring = Keyring::watch(folder.path()).expect("a keyring");
        let ids = keyring.ids();
        let sealed = keyring.seal("row", b"plain", &randomness).expect("sealed");
        assert!(keyring.activate(&ids[0]));
        let other = tempfile::tempdir().expect("a folder");
        let foreign = MasterKeys::create(other.path(), &randomness).expect("a key");
        std::fs::write(&file, "not a key\nat all\n").expect("a file");
        assert!(keyring.refresh().is_err());
        assert!(matches!(keyring.refresh(), Ok(false)), "said once");
        std::fs::remove_file(&file).expect("a file");
        assert!(keyring.refresh().is_err());
        std::fs::copy(foreign, &file).expect("a file");
        assert_eq!(keyring.ids(), ids);
        assert!(keyring.open("row", &sealed).is_ok());
    }
}
