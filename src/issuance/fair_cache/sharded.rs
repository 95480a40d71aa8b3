//! The cache: keys are spread over shards, and no operation waits for a locked one.

use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use crate::crypto::Fingerprint;
use crate::issuance::fair_cache::shard::{ENTRY_BYTES, Entry, OWNER_BYTES, Shard};

/// A power of two. Several shards keep lock contention low.
const SHARDS: usize = 16;

pub struct FairCache<V> {
    shards: Box<[Mutex<Shard<V>>]>,
    shard_bytes: usize,
}

impl<V: Clone> FairCache<V> {
    /// Allocates nothing until the first entry. With 0 bytes it keeps nothing.
    pub fn new(bytes: usize) -> Self {
        let shard_bytes = bytes / SHARDS;
        let shards = (0..SHARDS).map(|_| Mutex::new(Shard::new(shard_bytes))).collect();
        Self { shards, shard_bytes }
    }

    /// Does not wait for a locked shard; returns `None` then.
    pub fn find(&self, key: &Fingerprint) -> Option<V> {
        if self.shard_bytes == 0 {
            return None;
        }
        let mut shard = self.try_shard(key)?;
        let entry = shard.entries.get_mut(key)?;
        entry.was_used = true;
        Some(entry.value.clone())
    }

    /// `bytes` is the size of the value. An existing entry stays. In a locked shard nothing is kept.
    pub fn keep(&self, key: Fingerprint, owner: &Arc<str>, bytes: usize, value: V) {
        let bytes = bytes + ENTRY_BYTES;
        if bytes + OWNER_BYTES > self.shard_bytes {
            return;
        }
        if let Some(mut shard) = self.try_shard(&key)
            && !shard.entries.contains_key(&key)
            && shard.make_room(bytes + OWNER_BYTES, self.shard_bytes)
        {
            shard.insert(key, owner, Entry { value, bytes, was_used: false });
        }
    }

    /// Size of all entries.
    pub fn bytes(&self) -> usize {
        let locked = |shard: &Mutex<Shard<V>>| match shard.lock() {
            Ok(shard) => shard.bytes,
            Err(poisoned) => poisoned.into_inner().bytes,
        };
        self.shards.iter().map(locked).sum()
    }

    fn try_shard(&self, key: &Fingerprint) -> Option<MutexGuard<'_, Shard<V>>> {
        let [first, ..] = key.0;
        match self.shards.get(usize::from(first) % SHARDS)?.try_lock() {
            Ok(shard) => Some(shard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::sha256;
    use crate::issuance::fair_cache::shard::Owned;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn key(number: usize) -> Fingerprint {
        sha256(&number.to_le_bytes())
    }

    fn owner(number: usize) -> Arc<str> {
        Arc::from(format!("realm-{number}"))
    }

    /// Checks that the counters match the entries.
    fn check<V>(cache: &FairCache<V>) {
        for shard in &cache.shards {
            let shard = shard.lock().expect("a shard");
            assert!(shard.bytes <= cache.shard_bytes);
            let entries: usize = shard.entries.values().map(|entry| entry.bytes).sum();
            assert_eq!(shard.bytes, entries + shard.owners.len() * OWNER_BYTES);
            assert_eq!(
                shard.owners.values().map(|owned| owned.order.len()).sum::<usize>(),
                shard.entries.len()
            );
            let rank = |owned: &Owned| owned.bytes / shard.rank_bytes;
            let ranks: BTreeSet<_> =
                shard.owners.iter().map(|(owner, owned)| (rank(owned), owner.clone())).collect();
            assert_eq!(ranks, shard.by_rank);
        }
    }

    proptest! {
        #[test]
        fn bytes_stay_within_the_bound_whatever_is_kept(
            limit in 0_usize..400_000,
            kept in prop::collection::vec((0_usize..2_000, 0_usize..5, 0_usize..60_000, any::<bool>()), 0..400),
        ) {
            let cache = FairCache::new(limit);
            for (number, owned_by, bytes, finds) in kept {
                cache.keep(key(number), &owner(owned_by), bytes, number);
                if finds && let Some(found) = cache.find(&key(number)) {
                    prop_assert_eq!(found, number);
                }
                prop_assert!(cache.bytes() <= limit);
            }
            check(&cache);
        }
    }

    #[test]
    fn an_owner_of_few_loses_nothing_to_one_of_many() {
        let cache = FairCache::new(1024 * 1024);
        let (few, many) = (owner(0), owner(1));
        for number in 0..100 {
            cache.keep(key(number), &few, 500, ());
        }
        for number in 1_000..51_000 {
            cache.keep(key(number), &many, 500, ());
            let _ = cache.find(&key(number));
        }
        check(&cache);
        assert!((0..100).all(|number| cache.find(&key(number)).is_some()));
        assert!(cache.bytes() > 900 * 1024, "an owner may use what nobody else does: {}", cache.bytes());
    }

    #[test]
    fn owners_of_many_end_up_with_equal_parts() {
        let cache = FairCache::new(1024 * 1024);
        for number in 0..20_000 {
            cache.keep(key(number), &owner(0), 500, ());
        }
        for number in 20_000..60_000 {
            cache.keep(key(number), &owner(number % 4), 500, ());
        }
        check(&cache);
        for shard in &cache.shards {
            let shard = shard.lock().expect("a shard");
            assert!(
                shard.owners.values().all(|owned| owned.bytes * 5 > cache.shard_bytes),
                "a fifth at least"
            );
        }
    }

    #[test]
    fn what_is_used_outlasts_what_is_not() {
        let cache = FairCache::new(256 * 1024);
        let realm = owner(0);
        cache.keep(key(0), &realm, 500, ());
        for number in 1..20_000 {
            assert!(cache.find(&key(0)).is_some(), "after {number}");
            cache.keep(key(number), &realm, 500, ());
        }
        assert!(cache.find(&key(1)).is_none());
    }

    #[test]
    fn a_busy_shard_is_not_waited_for() {
        let cache = FairCache::new(1024 * 1024);
        cache.keep(key(1), &owner(0), 10, ());
        let busy = cache.try_shard(&key(1)).expect("nobody is there");
        std::thread::scope(|threads| {
            let other = threads.spawn(|| {
                cache.keep(key(1), &owner(0), 10, ());
                cache.find(&key(1))
            });
            assert!(other.join().expect("it returns").is_none());
        });
        drop(busy);
        assert!(cache.find(&key(1)).is_some());
    }
}
