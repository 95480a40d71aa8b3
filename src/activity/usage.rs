//! Counts the use of credentials until the counts are taken. Kept outside the snapshot.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use claviger_contract::{RealmLabel, Timestamp};

use crate::activity::usage_bounds::{Seen, Shares};

use claviger_domain::{UsageBatch, UsageCount, UsageKey, UsedId};

const SHARDS: usize = 16;

/// Counting takes no lock. It is a few relaxed additions; the first count of a key after `take` copies one path of a
/// small map. Keys are bounded in total and per realm. If they are not taken for long, further keys are not counted.
#[derive(Default)]
pub struct Usage {
    shards: [ArcSwap<Counts>; SHARDS],
    shares: Shares,
    /// Ids counted since this node started, as far as memory allows.
    seen: Seen,
    /// Whether an id was counted for the first time.
    first: AtomicBool,
}

type Counts = imbl::HashMap<UsageKey, Arc<Counter>>;

/// A counter that was read counts nothing more. A later addition is made to another counter.
struct Counter {
    /// Issued in the lower half, refused above, and [`CLOSED`].
    counts: AtomicU64,
    last_used_at: AtomicI64,
}

const NEVER: i64 = i64::MIN;
const REFUSED_FROM: u32 = 32;
const CLOSED: u64 = 1 << 63;

/// In the upper half there is the bit of [`CLOSED`] too. No hour has as many requests.
const MAX_COUNT: u64 = (1 << 31) - 1;

impl Default for Counter {
    fn default() -> Self {
        Self { counts: AtomicU64::new(0), last_used_at: AtomicI64::new(NEVER) }
    }
}

impl Usage {
    pub fn issued(&self, realm: &RealmLabel, id: UsedId, audience: String, now: Timestamp) {
        let count = UsageCount { issued: 1, refused: 0, last_used_at: Some(now) };
        self.add(Some(realm), UsageKey::new(id, audience, now), &count);
    }

    pub fn refused(&self, realm: &RealmLabel, id: UsedId, audience: String, now: Timestamp) {
        let count = UsageCount { issued: 0, refused: 1, last_used_at: None };
        self.add(Some(realm), UsageKey::new(id, audience, now), &count);
    }

    /// For personal access tokens, which only record their use.
    pub fn used(&self, realm: &RealmLabel, id: UsedId, now: Timestamp) {
        let count = UsageCount { last_used_at: Some(now), ..UsageCount::default() };
        self.add(Some(realm), UsageKey::new(id, String::new(), now), &count);
    }

    /// Whether this node has counted an id for the first time since the last call.
    pub fn take_first(&self) -> bool {
        self.first.swap(false, Ordering::Acquire)
    }

    /// Everything counted since the last call. A caller that cannot store it must give it back.
    pub fn take(&self) -> UsageBatch {
        let taken = self.shards.iter().map(|shard| shard.swap(Arc::default()));
        let batch = taken.flat_map(|counts| {
            let closed = counts.iter().map(|(key, counter)| (key.clone(), counter.close()));
            // Some were just added, and counted nothing yet.
            closed.filter(|(_, count)| *count != UsageCount::default()).collect::<Vec<_>>()
        });
        let batch = batch.collect();
        self.shares.clear();
        batch
    }

    pub fn give_back(&self, batch: UsageBatch) {
        for (key, count) in batch {
            self.add(None, key, &count);
        }
    }

    /// A new key takes part of the share of `realm`.
    fn add(&self, realm: Option<&RealmLabel>, key: UsageKey, count: &UsageCount) {
        let shard = &self.shards[usize::from(key.id.as_uuid().as_bytes()[15]) % SHARDS];
        let mut is_first = false;
        loop {
            let known = shard.load().get(&key).map(|counter| counter.add(count));
            match known {
                Some(true) => break,
                // `take` has just read it: there is a new map.
                Some(false) => continue,
                None => {}
            }
            if !self.shares.take(realm) {
                return;
            }
            is_first |= self.seen.is_new(key.id);
            shard.rcu(|counts| {
                let mut next = (**counts).clone();
                next.entry(key.clone()).or_default();
                next
            });
        }
        // Set last, so that a reader of the flag finds the count.
        if is_first {
            self.first.store(true, Ordering::Release);
        }
    }
}

impl Counter {
    /// Returns whether it is counted.
    fn add(&self, count: &UsageCount) -> bool {
        // Before the counts: a reader that closes the counter after this reads both.
        if let Some(at) = count.last_used_at {
            self.last_used_at.fetch_max(at.epoch_seconds(), Ordering::Relaxed);
        }
        let more = count.issued.min(MAX_COUNT) | (count.refused.min(MAX_COUNT) << REFUSED_FROM);
        self.counts.fetch_add(more, Ordering::AcqRel) & CLOSED == 0
    }

    fn close(&self) -> UsageCount {
        let counts = self.counts.fetch_or(CLOSED, Ordering::AcqRel);
        let last = self.last_used_at.load(Ordering::Relaxed);
        UsageCount {
            issued: counts & u64::from(u32::MAX),
            refused: (counts & !CLOSED) >> REFUSED_FROM,
            last_used_at: (last != NEVER).then(|| Timestamp::from_epoch_seconds(last)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_000_000);

    fn realm() -> RealmLabel {
        "acme".parse().expect("a label")
    }

    #[test]
    fn one_realm_fills_no_more_than_its_share_and_all_no_more_than_there_is() {
        let usage = Usage::default();
        let other: RealmLabel = "other".parse().expect("a label");
        for index in 0..2 * u128::try_from(Shares::OF_REALM).expect("a number") {
            usage.used(&other, UsedId::from_u128(index), NOW);
        }
        let own = UsedId::from_u128(u128::MAX);
        usage.used(&realm(), own, NOW);
        let batch = usage.take();
        assert_eq!(batch.len(), Shares::OF_REALM + 1);
        assert!(batch.iter().any(|(key, _)| key.id == own));
        // Counts that could not be written are kept within the bounds. A known key is always counted.
        usage.give_back(batch);
        for index in 0..u128::try_from(Shares::IN_ALL).expect("a number") {
            let label = format!("r{}", index % 64).parse().expect("a label");
            usage.used(&label, UsedId::from_u128(index << 32), NOW);
        }
        usage.issued(&realm(), own, String::new(), NOW);
        let batch = usage.take();
        assert!(batch.len() <= Shares::IN_ALL, "{}", batch.len());
        assert!(batch.iter().any(|(key, count)| key.id == own && count.issued == 1));
        usage.used(&realm(), UsedId::from_u128(9), NOW);
        assert_eq!(usage.take().len(), 1, "there is room again");
    }

    #[test]
    fn nothing_is_lost_or_doubled_while_others_count_and_take() {
        let usage = Usage::default();
        let ids: Vec<UsedId> = (0..40).map(UsedId::from_u128).collect();
        let mut batches = Vec::new();
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        for round in 0..500_usize {
                            usage.issued(&realm(), ids[round % ids.len()], "a".to_owned(), NOW);
                            usage.refused(&realm(), ids[round % ids.len()], String::new(), NOW);
                        }
                    })
                })
                .collect();
            while !workers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
                let batch = usage.take();
                // Given back once, taken again later.
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
        let id = UsedId::from_u128(7);
        usage.issued(&realm(), id, "a".to_owned(), NOW);
        usage.issued(&realm(), id, "b".to_owned(), NOW);
        usage.issued(&realm(), id, "a".to_owned(), NOW.plus_seconds(3_600));
        usage.refused(&realm(), id, "c".to_owned(), NOW);
        let batch = usage.take();
        assert_eq!(batch.len(), 4);
        assert_eq!((usage.take_first(), usage.take_first()), (true, false));
        usage.used(&realm(), id, NOW);
        assert!(!usage.take_first());
        for (key, count) in batch {
            assert_eq!(key.hour.epoch_seconds() % 3_600, 0);
            assert_eq!(count.last_used_at.is_none(), key.audience == "c");
        }
    }
}
