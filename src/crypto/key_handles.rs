//! Parsed private keys, identified by handles, so that each is parsed once and never copied.
//!
//! `jsonwebtoken` passes the bytes of a key to its provider at every signature; ours are the bytes of a handle.

use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;
use ring::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};

pub enum PrivateKey {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

pub type Handle = [u8; 8];

/// Each realm has few keys. Lookups take no lock; the map is copied when a key is added or removed.
static KEYS: LazyLock<ArcSwap<imbl::HashMap<Handle, Arc<PrivateKey>>>> = LazyLock::new(ArcSwap::default);

/// Keeps the key registered while it exists.
pub struct Registration(Handle);

impl Registration {
    pub fn new(key: PrivateKey) -> Self {
        let key = Arc::new(key);
        // The address of a live allocation is unique, and reveals nothing about the key.
        let handle = (Arc::as_ptr(&key) as usize as u64).to_ne_bytes();
        KEYS.rcu(|keys| keys.update(handle, key.clone()));
        Self(handle)
    }

    pub fn handle(&self) -> &Handle {
        &self.0
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        KEYS.rcu(|keys| keys.without(&self.0));
    }
}

pub fn find(handle: &[u8]) -> Option<Arc<PrivateKey>> {
    let handle: &Handle = handle.try_into().ok()?;
    KEYS.load().get(handle).cloned()
}
