//! Limits how many third parties are asked at once: each request may take a minute, and hold megabytes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use claviger_contract::RealmLabel;

const MAX_AT_ONCE: usize = 16;
/// So that one realm with a slow third party leaves some to others.
const MAX_PER_REALM: usize = 8;

#[derive(Default)]
pub struct Slots(Mutex<HashMap<RealmLabel, usize>>);

/// Free again when it is dropped.
#[derive(Debug)]
pub struct Slot<'a> {
    slots: &'a Slots,
    realm: RealmLabel,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests to third parties are running: retry in a moment")]
pub struct TooManyRequests;

impl Slots {
    pub fn take(&self, realm: &RealmLabel) -> Result<Slot<'_>, TooManyRequests> {
        let mut taken = self.taken();
        let of_realm = taken.get(realm).copied().unwrap_or_default();
        if taken.values().sum::<usize>() >= MAX_AT_ONCE || of_realm >= MAX_PER_REALM {
            return Err(TooManyRequests);
        }
        taken.insert(realm.clone(), of_realm + 1);
        Ok(Slot { slots: self, realm: realm.clone() })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<RealmLabel, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Slots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slots")
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut taken = self.slots.taken();
        match taken.get_mut(&self.realm) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.realm)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_realm_takes_the_slots_of_others_and_dropped_ones_are_free() {
        let slots = Slots::default();
        let label = |text: &str| text.parse::<RealmLabel>().expect("a label");
        let [one, two, three] = ["one", "two", "three"].map(label);
        let mut held: Vec<_> = (0..MAX_PER_REALM).map(|_| slots.take(&one).expect("a slot")).collect();
        assert_eq!(slots.take(&one).err(), Some(TooManyRequests));
        held.extend((0..MAX_AT_ONCE - MAX_PER_REALM).map(|_| slots.take(&two).expect("a slot")));
        assert_eq!(slots.take(&three).err(), Some(TooManyRequests));
        held.clear();
        assert!(slots.taken().is_empty());
        assert!(slots.take(&one).is_ok());
    }
}
