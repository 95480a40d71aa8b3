//! Tokens whose signature was verified before, by the SHA-256 of the whole token. Bounded in bytes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::digest::{SHA256, digest};

use crate::verified_token::Seen;

const SHARDS: usize = 16;

/// What the table of an entry takes beside the token: key, pointer, size, counters and a free slot.
const OVERHEAD: usize = 128;

pub(crate) type TokenHash = [u8; 32];

/// Holds two generations: what was used since the last change of generation survives it.
#[derive(Debug)]
pub(crate) struct SeenTokens {
    shards: [Mutex<Generations>; SHARDS],
    max_bytes_of_generation: usize,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<TokenHash, Arc<Seen>>,
    young_bytes: usize,
    old: HashMap<TokenHash, Arc<Seen>>,
    old_bytes: usize,
}

pub(crate) fn hash(unverified: &str) -> TokenHash {
    let mut hash = [0; 32];
    hash.iter_mut().zip(digest(&SHA256, unverified.as_bytes()).as_ref()).for_each(|(to, from)| *to = *from);
    hash
}

impl SeenTokens {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            max_bytes_of_generation: max_bytes / SHARDS / 2,
        }
    }

    pub(crate) fn find(&self, hash: &TokenHash) -> Option<Arc<Seen>> {
        let mut shard = self.shard(hash);
        if let Some(seen) = shard.young.get(hash) {
            return Some(seen.clone());
        }
        let seen = shard.old.remove(hash)?;
        shard.old_bytes = shard.old_bytes.saturating_sub(cost(&seen));
        self.put(&mut shard, *hash, seen.clone());
        Some(seen)
    }

    pub(crate) fn insert(&self, hash: TokenHash, seen: Arc<Seen>) {
        self.put(&mut self.shard(&hash), hash, seen);
    }

    pub(crate) fn bytes(&self) -> usize {
        let of = |shard: &Mutex<Generations>| {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.young_bytes + shard.old_bytes
        };
        self.shards.iter().map(of).sum()
    }

    fn put(&self, shard: &mut Generations, hash: TokenHash, seen: Arc<Seen>) {
        let cost = cost(&seen);
        if cost > self.max_bytes_of_generation {
            return;
        }
        if shard.young_bytes + cost > self.max_bytes_of_generation {
            shard.old = std::mem::take(&mut shard.young);
            shard.old_bytes = std::mem::take(&mut shard.young_bytes);
        }
        match shard.young.insert(hash, seen) {
            Some(_) => (),
            None => shard.young_bytes += cost,
        }
    }

    fn shard(&self, hash: &TokenHash) -> MutexGuard<'_, Generations> {
        let index = usize::from(hash[0]) % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cost(seen: &Seen) -> usize {
    seen.bytes() + OVERHEAD
}
