//! Caches tokens whose signature this node has already verified or made.
//!
//! The cache alone decides nothing: expiry, cuts, revocations and the signing key's state are checked at every use.

use std::mem::size_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use claviger_verifier::token::SignedToken;

use crate::crypto::{Fingerprint, sha256};
use crate::issuance::fair_cache::FairCache;
use crate::issuance::own_tokens::signed_tokens::SignedTokens;
use crate::snapshot::RealmView;

/// A verified token, and its introspection answer while it is active.
pub struct Seen {
    pub token: SignedToken,
    pub active_answer: Arc<str>,
    /// Number of the last look at the log's head that had begun at that time.
    pub first_seen: u64,
}

/// One per node. The fingerprint covers the whole token, and so its realm, key and signature.
pub struct TokenCache {
    /// Tokens signed by this node. Entries are small, so those of many minutes fit.
    signed: SignedTokens,
    /// Tokens presented before, parsed.
    seen: FairCache<Arc<Seen>>,
    found: AtomicU64,
    known_signatures: AtomicU64,
    verified: AtomicU64,
}

/// Counters for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenCacheCounts {
    /// Tokens presented before.
    pub found: u64,
    /// Tokens presented for the first time and signed by this node.
    pub known_signatures: u64,
    /// Tokens not in the cache, whose signature was verified.
    pub verified: u64,
    pub bytes: usize,
}

impl TokenCache {
    /// 0 disables the cache.
    pub fn new(bytes: usize) -> Self {
        let signed = bytes / 2;
        Self {
            signed: SignedTokens::new(signed),
            seen: FairCache::new(bytes - signed),
            found: AtomicU64::new(0),
            known_signatures: AtomicU64::new(0),
            verified: AtomicU64::new(0),
        }
    }

    /// Call only with a token that a key of the realm has just signed.
    pub(in crate::issuance) fn note_signed(&self, realm: &RealmView, token: &str) {
        self.note_verified(realm, sha256(token.as_bytes()));
    }

    /// Call only with the fingerprint of a token verified under a key of the realm.
    pub(super) fn note_verified(&self, realm: &RealmView, fingerprint: Fingerprint) {
        self.signed.keep(&realm.record.label, fingerprint);
    }

    pub(super) fn find(&self, fingerprint: &Fingerprint) -> Option<Arc<Seen>> {
        let seen = self.seen.find(fingerprint)?;
        self.found.fetch_add(1, Ordering::Relaxed);
        Some(seen)
    }

    pub(super) fn is_signed(&self, fingerprint: &Fingerprint) -> bool {
        let is_known = self.signed.contains(fingerprint);
        let counter = if is_known { &self.known_signatures } else { &self.verified };
        counter.fetch_add(1, Ordering::Relaxed);
        is_known
    }

    /// Call only with a token verified under a key of the realm, or signed by one.
    pub(super) fn keep(&self, realm: &RealmView, fingerprint: Fingerprint, seen: &Arc<Seen>) {
        self.seen.keep(fingerprint, &realm.issuer, seen.bytes(), seen.clone());
    }

    pub fn counts(&self) -> TokenCacheCounts {
        TokenCacheCounts {
            found: self.found.load(Ordering::Relaxed),
            known_signatures: self.known_signatures.load(Ordering::Relaxed),
            verified: self.verified.load(Ordering::Relaxed),
            bytes: self.signed.bytes() + self.seen.bytes(),
        }
    }
}

impl Seen {
    /// Size including heap allocations.
    fn bytes(&self) -> usize {
        let claims = self.token.claims();
        let texts = [&claims.iss, &claims.aud, &claims.jti];
        let groups: usize = claims.groups.iter().map(String::capacity).sum();
        size_of::<Self>()
            + texts.into_iter().map(String::capacity).sum::<usize>()
            + self.token.kid().len()
            + claims.scope.as_ref().map_or(0, String::capacity)
            + claims.realm.as_str().len()
            + claims.groups.capacity() * size_of::<String>()
            + groups
            + self.active_answer.len()
            // Reference counts of two `Arc`s, and allocator rounding.
            + 128
    }
}
