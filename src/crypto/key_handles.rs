//! Parsed private keys under handles, so that each is parsed once and never copied.
//!
//! `jsonwebtoken` hands its provider the bytes of a key at every signature; ours are the bytes of a handle.

use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;
use ring::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};

pub enum PrivateKey {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

pub type Handle = [u8; 8];

/// A handful of keys per realm: looked up without a lock, copied when a key comes or goes.
static KEYS: LazyLock<ArcSwap<imbl::HashMap<Handle, Arc<PrivateKey>>>> = LazyLock::new(ArcSwap::default);

/// Keeps the key findable for as long as it lives.
pub struct Registration(Handle);

impl Registration {
    pub fn new(key: PrivateKey) -> Self {
        let key = Arc::new(key);
        // The address of a living allocation is unique, and says nothing of the key.
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
