//! A cache bounded in bytes and shared fairly by several owners.
//!
//! When the cache is full, the owner that holds the most loses its oldest entry. An owner below an equal share by more
//! than one rank never loses an entry to another. A single owner may use the whole cache.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

use crate::crypto::Fingerprint;

/// A power of two. Several shards keep lock contention low.
const SHARDS: usize = 16;

/// Overhead of an entry: its key twice, and its places in the map and the queue.
const ENTRY_BYTES: usize = 160;
/// Overhead of an owner.
const OWNER_BYTES: usize = 256;

/// Maximum number of evictions for one new entry. If that is not enough, the new entry is not kept.
const MAX_EVICTIONS: usize = 64;
/// Maximum number of recently used entries that are spared before one is evicted anyway.
const MAX_SPARED: usize = 8;

/// Owners are ordered by what they hold in this many steps, so most insertions change no order.
const RANKS: usize = 64;

pub struct FairCache<V> {
    shards: Box<[Mutex<Shard<V>>]>,
    shard_bytes: usize,
}

struct Shard<V> {
    entries: HashMap<Fingerprint, Entry<V>, BuildHasherDefault<LastBytes>>,
    owners: HashMap<Arc<str>, Owned>,
    /// The same owners, ordered by rank.
    by_rank: BTreeSet<(usize, Arc<str>)>,
    bytes: usize,
    /// Bytes per rank.
    rank_bytes: usize,
}

/// Hashes a fingerprint by its last bytes. It is already a hash, and an accepted token's fingerprint cannot be chosen.
#[derive(Default)]
struct LastBytes(u64);

impl Hasher for LastBytes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last_chunk() {
            self.0 = u64::from_ne_bytes(*last);
        }
    }

    /// The length is constant.
    fn write_usize(&mut self, _: usize) {}
}

struct Entry<V> {
    value: V,
    bytes: usize,
    was_used: bool,
}

struct Owned {
    /// Oldest first.
    order: VecDeque<Fingerprint>,
    bytes: usize,
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

impl<V> Shard<V> {
    fn new(limit: usize) -> Self {
        let (entries, owners, by_rank) = (HashMap::default(), HashMap::new(), BTreeSet::new());
        Self { entries, owners, by_rank, bytes: 0, rank_bytes: (limit / RANKS).max(1) }
    }

    /// Evicts entries until `needed` bytes fit. Returns whether they do.
    fn make_room(&mut self, needed: usize, limit: usize) -> bool {
        for _ in 0..MAX_EVICTIONS {
            if self.bytes + needed <= limit {
                return true;
            }
            if !self.evict() {
                return false;
            }
        }
        self.bytes + needed <= limit
    }

    /// Evicts the largest owner's oldest entry that was not used since it was last examined.
    fn evict(&mut self) -> bool {
        let Some((rank, owner)) = self.by_rank.last() else { return false };
        let (rank, owner) = (*rank, owner.clone());
        let Some(owned) = self.owners.get_mut(&owner) else { return false };
        for spared in 0..=MAX_SPARED {
            let Some(key) = owned.order.pop_front() else { break };
            match self.entries.get_mut(&key) {
                Some(entry) if entry.was_used && spared < MAX_SPARED => {
                    entry.was_used = false;
                    owned.order.push_back(key);
                }
                _ => {
                    let freed = self.entries.remove(&key).map_or(0, |entry| entry.bytes);
                    owned.bytes -= freed;
                    self.bytes -= freed;
                    break;
                }
            }
        }
        if owned.order.is_empty() {
            self.bytes -= OWNER_BYTES;
            self.owners.remove(&owner);
            self.by_rank.remove(&(rank, owner));
        } else {
            // Shrinks a queue that was long for a while.
            if owned.order.len() < owned.order.capacity() / 4 {
                owned.order.shrink_to(owned.order.len() * 2);
            }
            let now = owned.bytes / self.rank_bytes;
            if now != rank {
                self.by_rank.remove(&(rank, owner.clone()));
                self.by_rank.insert((now, owner));
            }
        }
        true
    }

    fn insert(&mut self, key: Fingerprint, owner: &Arc<str>, entry: Entry<V>) {
        let bytes = entry.bytes;
        match self.owners.get_mut(owner) {
            Some(owned) => {
                let rank = owned.bytes / self.rank_bytes;
                owned.order.push_back(key);
                owned.bytes += bytes;
                let now = owned.bytes / self.rank_bytes;
                if now != rank {
                    self.by_rank.remove(&(rank, owner.clone()));
                    self.by_rank.insert((now, owner.clone()));
                }
            }
            None => {
                self.bytes += OWNER_BYTES;
                let owned = Owned { order: VecDeque::from([key]), bytes };
                self.owners.insert(owner.clone(), owned);
                self.by_rank.insert((bytes / self.rank_bytes, owner.clone()));
            }
        }
        self.bytes += bytes;
        self.entries.insert(key, entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::sha256;
    use proptest::prelude::*;

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
