//! Counts what credentials are used for, until somebody takes the counts away: beside the snapshot, never in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use claviger_contract::Timestamp;
use uuid::Uuid;

use crate::domain::{UsageBatch, UsageCount, UsageKey};

const SHARDS: usize = 16;

/// Counting takes no lock: a few relaxed additions, and the first count of a key since the last taking copies one path of a
/// small map.
#[derive(Default)]
pub struct Usage {
    shards: [ArcSwap<Counts>; SHARDS],
    /// Whatever was counted since this node started.
    seen: ArcSwap<imbl::HashSet<Uuid>>,
    /// Whether something was counted for the first time.
    first: AtomicBool,
}

type Counts = imbl::HashMap<UsageKey, Arc<Counter>>;

struct Counter {
    issued: AtomicU64,
    refused: AtomicU64,
    last_used_at: AtomicI64,
}

const NEVER: i64 = i64::MIN;

impl Default for Counter {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self { issued: zero(), refused: zero(), last_used_at: AtomicI64::new(NEVER) }
    }
}

impl Usage {
    pub fn issued(&self, id: Uuid, audience: String, now: Timestamp) {
        let count = UsageCount { issued: 1, refused: 0, last_used_at: Some(now) };
        self.add(UsageKey::new(id, audience, now), &count);
    }

    pub fn refused(&self, id: Uuid, audience: String, now: Timestamp) {
        let count = UsageCount { issued: 0, refused: 1, last_used_at: None };
        self.add(UsageKey::new(id, audience, now), &count);
    }

    /// Of what is no more than used: personal access tokens.
    pub fn used(&self, id: Uuid, now: Timestamp) {
        let count = UsageCount { last_used_at: Some(now), ..UsageCount::default() };
        self.add(UsageKey::new(id, String::new(), now), &count);
    }

    /// Whether something was counted, since this was asked before, that this node has never counted until then.
    pub fn take_first(&self) -> bool {
        self.first.swap(false, Ordering::Acquire)
    }

    /// Everything that was counted since the last time. Whoever cannot keep it gives it back.
    pub fn take(&self) -> UsageBatch {
        self.shards.iter().flat_map(|shard| taken(shard.swap(Arc::default()))).collect()
    }

    pub fn give_back(&self, batch: UsageBatch) {
        for (key, count) in batch {
            self.add(key, &count);
        }
    }

    fn add(&self, key: UsageKey, count: &UsageCount) {
        let shard = &self.shards[usize::from(key.id.as_bytes()[15]) % SHARDS];
        let mut is_first = false;
        loop {
            // Held while it is added to: whoever takes the map waits for that.
            let counts = shard.load();
            if let Some(counter) = counts.get(&key) {
                counter.add(count);
                break;
            }
            drop(counts);
            is_first |= self.see(key.id);
            shard.rcu(|counts| {
                let mut next = (**counts).clone();
                next.entry(key.clone()).or_default();
                next
            });
        }
        // Only now: whoever hears of it finds it.
        if is_first {
            self.first.store(true, Ordering::Release);
        }
    }

    /// Whether it was not seen before.
    fn see(&self, id: Uuid) -> bool {
        if self.seen.load().contains(&id) {
            return false;
        }
        self.seen.rcu(|seen| {
            let mut next = (**seen).clone();
            next.insert(id);
            next
        });
        true
    }
}

/// A swapped map is still held by those who were adding to it at that moment, for less than a microsecond.
fn taken(mut counts: Arc<Counts>) -> UsageBatch {
    let counts = loop {
        match Arc::try_unwrap(counts) {
            Ok(counts) => break counts,
            Err(shared) => counts = shared,
        }
        std::thread::yield_now();
    };
    counts.into_iter().map(|(key, counter)| (key, counter.read())).collect()
}

impl Counter {
    fn add(&self, count: &UsageCount) {
        self.issued.fetch_add(count.issued, Ordering::Relaxed);
        self.refused.fetch_add(count.refused, Ordering::Relaxed);
        if let Some(at) = count.last_used_at {
            self.last_used_at.fetch_max(at.epoch_seconds(), Ordering::Relaxed);
        }
    }

    fn read(&self) -> UsageCount {
        let last = self.last_used_at.load(Ordering::Relaxed);
        UsageCount {
            issued: self.issued.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            last_used_at: (last != NEVER).then(|| Timestamp::from_epoch_seconds(last)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_000_000);

    #[test]
    fn nothing_is_lost_or_doubled_while_others_count_and_take() {
        let usage = Usage::default();
        let ids: Vec<Uuid> = (0..40).map(Uuid::from_u128).collect();
        let mut batches = Vec::new();
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        for round in 0..500_usize {
                            usage.issued(ids[round % ids.len()], "a".to_owned(), NOW);
                            usage.refused(ids[round % ids.len()], String::new(), NOW);
                        }
                    })
                })
                .collect();
            while !workers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
                let batch = usage.take();
                // Given back once, it is taken again later.
                if batches.len() % 2 == 0 {
                    batches.push(batch)
                } else {
                    usage.give_back(batch)
                }
                std::thread::yield_now();
            }
        });
        batches.push(usage.take());
        let sum = |part: fn(&UsageCount) -> u64| -> u64 {
            batches.iter().flatten().map(|(_, count)| part(count)).sum()
        };
        assert_eq!((sum(|count| count.issued), sum(|count| count.refused)), (1_500, 1_500));
        assert!(usage.take().is_empty());
    }

    #[test]
    fn hours_and_audiences_are_apart_and_a_refusal_is_no_use() {
        let usage = Usage::default();
        let id = Uuid::from_u128(7);
        usage.issued(id, "a".to_owned(), NOW);
        usage.issued(id, "b".to_owned(), NOW);
        usage.issued(id, "a".to_owned(), NOW.plus_seconds(3_600));
        usage.refused(id, "c".to_owned(), NOW);
        let batch = usage.take();
        assert_eq!(batch.len(), 4);
        assert_eq!((usage.take_first(), usage.take_first()), (true, false));
        usage.used(id, NOW);
        assert!(!usage.take_first());
        for (key, count) in batch {
            assert_eq!(key.hour.epoch_seconds() % 3_600, 0);
            assert_eq!(count.last_used_at.is_none(), key.audience == "c");
        }
    }
}
