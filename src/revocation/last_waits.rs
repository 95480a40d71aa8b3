//! The last wait for each realm, as this node saw it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::{Outcome, Receipt};

/// When everybody had confirmed what was taken away, and how long that took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastWait {
    pub at: Timestamp,
    pub took_ms: u64,
    /// Whether a node or verifier did not confirm, and its lease had to end.
    pub waited_out: bool,
}

/// With more realms than this, what was noted is forgotten, and noted again.
const MAX_REALMS: usize = 10_000;

#[derive(Default)]
pub struct LastWaits {
    by_realm: Mutex<HashMap<RealmLabel, LastWait>>,
}

impl LastWaits {
    pub(super) fn note(&self, realm: &RealmLabel, receipt: &Receipt, at: Timestamp) {
        let waited_out = receipt.outcome == Outcome::WaitedOut;
        let wait = LastWait { at, took_ms: receipt.took_ms, waited_out };
        let mut by_realm = self.by_realm.lock().unwrap_or_else(PoisonError::into_inner);
        if by_realm.len() >= MAX_REALMS && !by_realm.contains_key(realm) {
            by_realm.clear();
        }
        by_realm.insert(realm.clone(), wait);
    }

    /// `None` if this node has waited for nothing of the realm since its start.
    pub fn find(&self, realm: &RealmLabel) -> Option<LastWait> {
        self.by_realm.lock().unwrap_or_else(PoisonError::into_inner).get(realm).copied()
    }
}
