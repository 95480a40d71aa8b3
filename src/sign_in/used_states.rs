//! Sign-ins that were finished here, so that none is finished twice.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use claviger_contract::{RealmLabel, Timestamp};

use crate::crypto::{Fingerprint, sha256};

/// The oldest gives way. It cannot be used again either: its code works once at the provider. So does one that is opened
/// at another node.
const MAX_PER_REALM: usize = 1_000;

type Used = VecDeque<(Timestamp, Fingerprint)>;

#[derive(Default)]
pub struct UsedStates(Mutex<HashMap<RealmLabel, Used>>);

impl UsedStates {
    /// `false` if it was used before.
    pub fn use_once(&self, realm: &RealmLabel, state: &str, now: Timestamp, ends_at: Timestamp) -> bool {
        let mut realms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        realms.retain(|_, used| {
            used.retain(|(ends_at, _)| *ends_at >= now);
            !used.is_empty()
        });
        let used = realms.entry(realm.clone()).or_default();
        let state = sha256(state.as_bytes());
        if used.iter().any(|(_, known)| *known == state) {
            return false;
        }
        if used.len() >= MAX_PER_REALM {
            used.pop_front();
        }
        used.push_back((ends_at, state));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_is_used_once_until_its_end_and_realms_do_not_share() {
        let at = Timestamp::from_epoch_seconds;
        let [acme, other] = ["acme", "other"].map(|label| label.parse::<RealmLabel>().expect("a label"));
        let used = UsedStates::default();
        assert!(used.use_once(&acme, "a", at(0), at(600)));
        assert!(!used.use_once(&acme, "a", at(600), at(600)));
        assert!(used.use_once(&acme, "b", at(0), at(600)));
        for number in 0..2 * MAX_PER_REALM {
            assert!(used.use_once(&other, &number.to_string(), at(0), at(600)));
            assert!(used.0.lock().expect("a lock")[&other].len() <= MAX_PER_REALM);
        }
        assert!(!used.use_once(&acme, "a", at(0), at(600)), "another realm evicts nothing");
        assert!(used.use_once(&other, "x", at(601), at(1_201)));
        assert_eq!(used.0.lock().expect("a lock").len(), 1, "what has ended is forgotten");
    }
}
