//! Keyed digests of this server's own secrets.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use ring::hmac;
use zeroize::Zeroizing;

use crate::domain::SecretDigest;

/// HMAC-SHA-256, not a slow hash: the secrets hold 190 random bits, and a slow hash on the token path is a denial of service.
pub struct SecretDigester {
    keys: Vec<hmac::Key>,
    made: AtomicU64,
}

impl SecretDigester {
    pub(super) fn new(keys: &[Zeroizing<[u8; 32]>]) -> Self {
        let keys = keys.iter().map(|key| hmac::Key::new(hmac::HMAC_SHA256, &key[..])).collect();
        Self { keys, made: AtomicU64::new(0) }
    }

    /// What is stored for a new secret.
    pub fn digest(&self, secret: &str) -> SecretDigest {
        self.possible_digests(secret).next().unwrap_or(SecretDigest([0; 32]))
    }

    /// Under each key that a stored digest may have been made with, the current one first.
    pub fn possible_digests(&self, presented: &str) -> impl Iterator<Item = SecretDigest> {
        self.keys.iter().map(move |key| {
            self.made.fetch_add(1, Ordering::Relaxed);
            let mut digest = [0; 32];
            digest.copy_from_slice(hmac::sign(key, presented.as_bytes()).as_ref());
            SecretDigest(digest)
        })
    }

    /// Takes the same time for every wrong key, so that timing tells nothing about how near it was.
    ///
    /// `None` stands for a client that does not exist: the same work, and never a match.
    pub fn matches(&self, presented: &str, expected: Option<&SecretDigest>) -> bool {
        let against = expected.copied().unwrap_or(SecretDigest([0; 32]));
        let mut matched = false;
        for key in &self.keys {
            self.made.fetch_add(1, Ordering::Relaxed);
            matched |= hmac::verify(key, presented.as_bytes(), &against.0).is_ok();
        }
        matched & expected.is_some()
    }

    /// How many digests were computed since the start: equal work for known and unknown clients can be counted.
    pub fn digests_made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for SecretDigester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretDigester(…)")
    }
}
