//! The master key's life: made, replaced by another, and what hangs on which.

use std::path::PathBuf;

use super::ServeError;
use super::run::system_sources;
use crate::config::Settings;
use crate::crypto::{Keyring, MasterKeys};
use crate::domain::SigningKey;
use crate::store::Store;

/// What hangs on one master key.
pub struct MasterKeyUse {
    pub id: String,
    pub seals: bool,
    pub sealed: usize,
}

/// Makes the master key where there is none; returns where it lies.
pub fn init_keys(settings: &Settings) -> Result<PathBuf, ServeError> {
    Ok(MasterKeys::create(&settings.keys_dir, &*system_sources().randomness)?)
}

pub fn list_keys(settings: &Settings) -> Result<Vec<MasterKeyUse>, ServeError> {
    let keys = MasterKeys::load(&settings.keys_dir)?;
    let sealed_under = Store::open(&settings.database_url)?.sealed_under()?;
    let count = |id: &str| sealed_under.iter().filter(|under| *under == id).count();
    let uses = keys.iter().enumerate().map(|(index, key)| MasterKeyUse {
        id: key.id.clone(),
        seals: index == 0,
        sealed: count(&key.id),
    });
    Ok(uses.collect())
}

/// A new key in front of the others, and everything that is sealed is sealed again under it. The old ones stay: digests of
/// client keys and tokens were made under them, and cannot be made again.
///
/// It may be broken off and run again at any point: whatever is sealed opens with a key of the file.
pub fn rotate_keys(settings: &Settings) -> Result<(String, usize), ServeError> {
    let sources = system_sources();
    let keys = MasterKeys::add(&settings.keys_dir, &*sources.randomness)?;
    let keyring = Keyring::derive(&keys)?;
    let resealed = Store::open(&settings.database_url)?.reseal(|realm, kid, sealed| {
        let identity = SigningKey::sealed_identity(realm, kid);
        let opened = keyring.open(&identity, sealed);
        let resealed = opened.and_then(|plain| keyring.seal(&identity, &plain, &*sources.randomness));
        resealed.map_err(|error| error.to_string())
    })?;
    let id = keys.iter().next().map(|key| key.id.clone()).unwrap_or_default();
    Ok((id, resealed))
}
