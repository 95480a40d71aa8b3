//! One shard: its entries by owner, and which entry is evicted.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use crate::crypto::Fingerprint;

/// Overhead of an entry: its key twice, and its places in the map and the queue.
pub const ENTRY_BYTES: usize = 160;
/// Overhead of an owner.
pub const OWNER_BYTES: usize = 256;

/// Maximum number of evictions for one new entry. If that is not enough, the new entry is not kept.
const MAX_EVICTIONS: usize = 64;
/// Maximum number of recently used entries that are spared before one is evicted anyway.
const MAX_SPARED: usize = 8;

/// Owners are ordered by what they hold in this many steps, so most insertions change no order.
const RANKS: usize = 64;

pub struct Shard<V> {
    pub entries: HashMap<Fingerprint, Entry<V>, BuildHasherDefault<LastBytes>>,
    pub owners: HashMap<Arc<str>, Owned>,
    /// The same owners, ordered by rank.
    pub by_rank: BTreeSet<(usize, Arc<str>)>,
    pub bytes: usize,
    /// Bytes per rank.
    pub rank_bytes: usize,
}

pub struct Entry<V> {
    pub value: V,
    pub bytes: usize,
    pub was_used: bool,
}

pub struct Owned {
    /// Oldest first.
    pub order: VecDeque<Fingerprint>,
    pub bytes: usize,
}

impl<V> Shard<V> {
    pub fn new(limit: usize) -> Self {
        let (entries, owners, by_rank) = (HashMap::default(), HashMap::new(), BTreeSet::new());
        Self { entries, owners, by_rank, bytes: 0, rank_bytes: (limit / RANKS).max(1) }
    }

    /// Evicts entries until `needed` bytes fit. Returns whether they do.
    pub fn make_room(&mut self, needed: usize, limit: usize) -> bool {
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

    pub fn insert(&mut self, key: Fingerprint, owner: &Arc<str>, entry: Entry<V>) {
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

/// Hashes a fingerprint by its last bytes. It is already a hash, and an accepted token's fingerprint cannot be chosen.
#[derive(Default)]
pub struct LastBytes(u64);

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
