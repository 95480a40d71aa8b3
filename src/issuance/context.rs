//! The components that all operations of the issuer share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::activity::{LastSeen, Usage};
use crate::crypto::Keyring;
use crate::issuance::failures::Failures;
use crate::issuance::own_tokens::TokenCache;
use crate::issuance::refusal::Refusal;
use crate::snapshot::{ClockAlarm, Snapshots};
use claviger_domain::{Clock, Randomness};

/// The components of an issuer.
pub struct IssuerParts {
    pub snapshots: Arc<Snapshots>,
    pub keyring: Arc<Keyring>,
    pub failures: Failures,
    pub tokens: TokenCache,
    pub last_seen: Arc<LastSeen>,
    pub usage: Arc<Usage>,
    pub clock: Arc<dyn Clock>,
    pub alarm: Arc<ClockAlarm>,
    pub randomness: Arc<dyn Randomness>,
}

/// What every operation of the issuer uses.
pub(super) struct Context {
    pub(super) snapshots: Arc<Snapshots>,
    pub(super) keyring: Arc<Keyring>,
    pub(super) failures: Failures,
    pub(super) tokens: TokenCache,
    pub(super) last_seen: Arc<LastSeen>,
    pub(super) usage: Arc<Usage>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) alarm: Arc<ClockAlarm>,
    pub(super) randomness: Arc<dyn Randomness>,
    /// When the follower was last woken for a token, in milliseconds since boot.
    woken_at: AtomicU64,
}

const WAKE_EVERY_MILLIS: u64 = 10;

impl Context {
    pub(super) fn new(parts: IssuerParts) -> Self {
        let IssuerParts { snapshots, keyring, failures, tokens, last_seen, usage, clock, alarm, randomness } =
            parts;
        let woken_at = AtomicU64::new(0);
        Self { snapshots, keyring, failures, tokens, last_seen, usage, clock, alarm, randomness, woken_at }
    }

    /// For a token issued from a later state than this node has: wakes the follower, and the client retries. Made-up
    /// tokens do not make the follower read all the time.
    pub(super) fn is_behind(&self) -> Refusal {
        let now = u64::try_from(self.clock.since_boot().as_millis()).unwrap_or(u64::MAX);
        let last = self.woken_at.load(Ordering::Relaxed);
        if now >= last + WAKE_EVERY_MILLIS
            && self.woken_at.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            self.snapshots.wake();
        }
        Refusal::Unavailable
    }
}
