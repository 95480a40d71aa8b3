//! Keyed digests of this server's own secrets.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use ring::hmac;

use claviger_domain::SecretDigest;

/// HMAC-SHA-256 instead of a slow hash. The secrets hold 190 random bits, and a slow hash on the token path would allow
/// denial of service.
pub struct SecretDigester {
    keys: ArcSwap<Vec<hmac::Key>>,
    made: AtomicU64,
}

impl SecretDigester {
    pub(super) fn new(keys: Vec<hmac::Key>) -> Self {
        Self { keys: ArcSwap::from_pointee(keys), made: AtomicU64::new(0) }
    }

    /// The first key makes digests.
    pub(super) fn set(&self, keys: Vec<hmac::Key>) {
        self.keys.store(Arc::new(keys));
    }

    /// The digest to store for a new secret.
    pub fn digest(&self, secret: &str) -> SecretDigest {
        self.possible_digests(secret).next().unwrap_or(SecretDigest([0; 32]))
    }

    /// The digest under each key that may have made a stored one, the current key first.
    pub fn possible_digests(&self, presented: &str) -> impl Iterator<Item = SecretDigest> {
        let keys = self.keys.load_full();
        (0..keys.len()).filter_map(move |index| {
            self.made.fetch_add(1, Ordering::Relaxed);
            let mut digest = [0; 32];
            digest.copy_from_slice(hmac::sign(keys.get(index)?, presented.as_bytes()).as_ref());
            Some(SecretDigest(digest))
        })
    }

    /// Takes the same time for every wrong key, so that timing does not reveal how close a guess was.
    ///
    /// `None` is a client that does not exist: the same work, and never a match.
    pub fn matches(&self, presented: &str, expected: Option<&SecretDigest>) -> bool {
        let against = expected.copied().unwrap_or(SecretDigest([0; 32]));
        let mut matched = false;
        for key in self.keys.load().iter() {
            self.made.fetch_add(1, Ordering::Relaxed);
            matched |= hmac::verify(key, presented.as_bytes(), &against.0).is_ok();
        }
        matched & expected.is_some()
    }

    /// The number of digests computed since the start. Tests use it to compare the work for known and unknown clients.
    pub fn digests_made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for SecretDigester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigester(…)")
    }
}
