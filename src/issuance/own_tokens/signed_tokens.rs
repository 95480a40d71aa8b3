//! Remembers fingerprints of tokens that this node has signed or verified. Bounded in bytes, shared fairly by realms.
//!
//! A fingerprint lies in one set of [`WAYS`] slots, chosen by its bytes. In a full set the realm with the most slots
//! loses its oldest one. A single realm may use the whole cache; one with at most half of a set's slots loses none of
//! them to another realm.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::mem::size_of;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

use claviger_contract::RealmLabel;

use crate::crypto::Fingerprint;

/// A power of two. Several shards keep lock contention low.
const SHARDS: usize = 64;

/// Slots of a set. With this number a set takes 508 bytes.
const WAYS: usize = 14;

pub struct SignedTokens {
    shards: Box<[Mutex<Shard>]>,
    /// A power of two, or 0 if nothing may be kept.
    max_sets: usize,
    sets: AtomicUsize,
}

/// The number of sets is a power of two, or 0 before the first entry.
#[derive(Default)]
struct Shard {
    sets: Vec<Set>,
}

#[derive(Clone, Default)]
struct Set {
    /// The first `used` slots are filled, oldest first.
    slots: [Slot; WAYS],
    used: u8,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Slot {
    fingerprint: [u8; 32],
    realm: u32,
}

impl SignedTokens {
    /// Allocates nothing until the first entry. With too few bytes for one set per shard it keeps nothing.
    pub fn new(bytes: usize) -> Self {
        let fitting = bytes / SHARDS / size_of::<Set>();
        let max_sets = fitting.checked_ilog2().map_or(0, |exponent| 1 << exponent);
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, max_sets, sets: AtomicUsize::new(0) }
    }

    /// Does not wait for a locked shard; returns `false` then.
    pub fn contains(&self, fingerprint: &Fingerprint) -> bool {
        self.try_shard(fingerprint).is_some_and(|shard| shard.contains(fingerprint))
    }

    /// In a locked shard nothing is kept.
    pub fn keep(&self, realm: &RealmLabel, fingerprint: Fingerprint) {
        let Some(mut shard) = self.try_shard(&fingerprint) else { return };
        let added = shard.insert(Slot { fingerprint: fingerprint.0, realm: short(realm) }, self.max_sets);
        if added > 0 {
            self.sets.fetch_add(added, Ordering::Relaxed);
        }
    }

    pub fn bytes(&self) -> usize {
        self.sets.load(Ordering::Relaxed) * size_of::<Set>()
    }

    fn try_shard(&self, fingerprint: &Fingerprint) -> Option<MutexGuard<'_, Shard>> {
        let [first, ..] = fingerprint.0;
        match self.shards.get(usize::from(first) % SHARDS)?.try_lock() {
            Ok(shard) => Some(shard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// Two realms with the same number share their part.
fn short(realm: &RealmLabel) -> u32 {
    let mut hasher = DefaultHasher::new();
    realm.hash(&mut hasher);
    let [a, b, c, d, ..] = hasher.finish().to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

impl Shard {
    fn contains(&self, fingerprint: &Fingerprint) -> bool {
        let set = self.sets.get(set_of(&fingerprint.0, self.sets.len()));
        set.is_some_and(|set| set.used().iter().any(|slot| slot.fingerprint == fingerprint.0))
    }

    /// Returns how many sets were added. A shard doubles when a set is full, as long as it may.
    fn insert(&mut self, slot: Slot, max_sets: usize) -> usize {
        let before = self.sets.len();
        let doubled = (before * 2).max(1);
        let set = self.sets.get(set_of(&slot.fingerprint, before));
        if set.is_none_or(|set| set.used().len() == WAYS) && doubled <= max_sets {
            let sets = std::mem::replace(&mut self.sets, vec![Set::default(); doubled]);
            sets.iter().flat_map(Set::used).for_each(|slot| self.put(*slot));
        }
        self.put(slot);
        self.sets.len() - before
    }

    fn put(&mut self, slot: Slot) {
        let index = set_of(&slot.fingerprint, self.sets.len());
        if let Some(set) = self.sets.get_mut(index) {
            set.insert(slot);
        }
    }
}

/// The fingerprint is already a hash. Its first byte chose the shard.
fn set_of(fingerprint: &[u8; 32], sets: usize) -> usize {
    let [_, a, b, c, d, ..] = *fingerprint;
    u32::from_le_bytes([a, b, c, d]) as usize & sets.saturating_sub(1)
}

impl Set {
    fn used(&self) -> &[Slot] {
        self.slots.get(..usize::from(self.used)).unwrap_or_default()
    }

    fn insert(&mut self, slot: Slot) {
        if self.used().iter().any(|known| known.fingerprint == slot.fingerprint) {
            return;
        }
        if self.used().len() == WAYS {
            let evicted = self.evicted_for(slot.realm);
            self.slots.copy_within(evicted + 1.., evicted);
            self.used -= 1;
        }
        if let Some(free) = self.slots.get_mut(usize::from(self.used)) {
            *free = slot;
            self.used += 1;
        }
    }

    /// The oldest slot of the realm that has the most: the new one's own if it has as many as any other.
    fn evicted_for(&self, realm: u32) -> usize {
        let held = |by: u32| self.slots.iter().filter(|slot| slot.realm == by).count();
        let oldest_first = self.slots.iter().enumerate().rev();
        let most = oldest_first.max_by_key(|(_, slot)| (held(slot.realm), slot.realm == realm));
        most.map_or(0, |(index, _)| index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::sha256;
    use proptest::prelude::*;

    fn token(number: usize) -> Fingerprint {
        sha256(&number.to_le_bytes())
    }

    fn realm(number: usize) -> RealmLabel {
        format!("realm-{number}").parse().expect("a label")
    }

    proptest! {
        #[test]
        fn bytes_stay_within_the_bound_and_no_other_token_is_contained(
            limit in 0_usize..400_000,
            kept in prop::collection::vec((0_usize..20_000, 0_usize..5), 0..8_000),
        ) {
            let tokens = SignedTokens::new(limit);
            for (number, owner) in &kept {
                tokens.keep(&realm(*owner), token(*number));
                let is_kept = tokens.contains(&token(*number));
                prop_assert_eq!(is_kept, limit >= SHARDS * size_of::<Set>());
            }
            prop_assert!(tokens.bytes() <= limit);
            prop_assert!((20_000..20_100).all(|number| !tokens.contains(&token(number))));
        }
    }

    #[test]
    fn all_are_kept_while_they_fit() {
        let tokens = SignedTokens::new(8 * 1024 * 1024);
        (0..50_000).for_each(|number| tokens.keep(&realm(number % 3), token(number)));
        assert!((0..50_000).all(|number| tokens.contains(&token(number))));
        assert!(tokens.bytes() > 50_000 * size_of::<Slot>(), "the memory is counted: {}", tokens.bytes());
    }

    #[test]
    fn realm_of_few_loses_nothing_to_one_of_many() {
        let tokens = SignedTokens::new(1024 * 1024);
        let (few, many) = (realm(0), realm(1));
        (0..1_000).for_each(|number| tokens.keep(&few, token(number)));
        (1_000..200_000).for_each(|number| tokens.keep(&many, token(number)));
        assert!((0..1_000).all(|number| tokens.contains(&token(number))));
        let newest = (199_000..200_000).filter(|number| tokens.contains(&token(*number))).count();
        assert_eq!(newest, 1_000, "the newest of the other realm are kept");
        assert!(tokens.bytes() > 900 * 1024, "one realm may use what nobody else does: {}", tokens.bytes());
    }

    #[test]
    fn realms_of_many_end_up_with_equal_parts() {
        let tokens = SignedTokens::new(1024 * 1024);
        (0..50_000).for_each(|number| tokens.keep(&realm(0), token(number)));
        (50_000..150_000).for_each(|number| tokens.keep(&realm(number % 4), token(number)));
        for owner in 0..4 {
            let kept =
                (50_000..150_000).filter(|number| number % 4 == owner && tokens.contains(&token(*number)));
            assert!(
                kept.count() * 5 > tokens.bytes() / size_of::<Slot>(),
                "realm {owner} has a fifth at least"
            );
        }
    }

    #[test]
    fn busy_shard_is_not_waited_for() {
        let tokens = SignedTokens::new(1024 * 1024);
        tokens.keep(&realm(0), token(1));
        let busy = tokens.try_shard(&token(1)).expect("nobody is there");
        std::thread::scope(|threads| {
            let other = threads.spawn(|| {
                tokens.keep(&realm(0), token(1));
                tokens.contains(&token(1))
            });
            assert!(!other.join().expect("it returns"));
        });
        drop(busy);
        assert!(tokens.contains(&token(1)));
    }
}
