//! The set of everything that ends tokens of the realm. Immutable: a change shares all shards that it does not touch.

use std::array;
use std::sync::Arc;

use crate::revocations::digest::Digest;
use crate::revocations::shard::{Entry, Shard, order};

const SHARDS: usize = 1_024;

/// How long an entry stays after its `forget_after`, in seconds, for clocks that are behind that of the issuer.
const FORGETTING_DELAY: u32 = 3_600;

#[derive(Clone, Debug)]
pub(crate) struct RevocationSet {
    shards: Arc<[Arc<Shard>; SHARDS]>,
    len: usize,
    /// Entries that ended tokens expiring up to then may be forgotten.
    forgotten_until: u32,
}

impl Default for RevocationSet {
    fn default() -> Self {
        let empty = Arc::new(Shard::default());
        Self { shards: Arc::new(array::from_fn(|_| empty.clone())), len: 0, forgotten_until: 0 }
    }
}

impl RevocationSet {
    /// The greatest position before which tokens of it are dead at a time, in epoch seconds.
    pub(crate) fn cut(&self, of: Digest, now: u32) -> Option<u64> {
        self.shards[of.shard()].cut(of, now)
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether an entry that spoke of a token with this `exp` may be forgotten: the clock was further ahead once.
    pub(crate) fn may_lack(&self, expires_at: u32) -> bool {
        expires_at < self.forgotten_until
    }

    /// Adds entries, and then forgets what is over at `now`, in epoch seconds.
    #[must_use]
    pub(crate) fn with(&self, mut added: Vec<Entry>, now: u32) -> Self {
        let than = now.saturating_sub(FORGETTING_DELAY);
        added.sort_unstable_by_key(order);
        let mut shards = (*self.shards).clone();
        for of_one in added.chunk_by(|one, next| one.of.shard() == next.of.shard()) {
            let shard = &mut shards[of_one[0].of.shard()];
            *shard = Arc::new(shard.with(of_one));
        }
        let mut forgotten_until = self.forgotten_until;
        for shard in &mut shards {
            if let Some(rest) = shard.without_older(than) {
                *shard = Arc::new(rest);
                forgotten_until = forgotten_until.max(than);
            }
        }
        let len = shards.iter().map(|shard| shard.len()).sum();
        Self { shards: Arc::new(shards), len, forgotten_until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use uuid::Uuid;

    const NOW: u32 = 1_800_000_000;

    fn entry(of: Digest, before: u64) -> Entry {
        Entry { of, from: 0, forget_after: NOW, before }
    }

    fn credential(number: u128) -> Digest {
        Digest::of_credential(Uuid::from_u128(number))
    }

    #[test]
    fn a_million_entries_take_at_most_64_bytes_each_and_all_are_found() {
        let mut set = RevocationSet::default();
        for page in 0..10_u128 {
            let entries = (0..100_000).map(|n| entry(credential(page * 100_000 + n), 7)).collect();
            set = set.with(entries, NOW);
        }
        assert_eq!(set.len(), 1_000_000);
        let heap = set.shards.iter().map(|shard| shard.bytes() + 2 * size_of::<usize>()).sum::<usize>();
        let all = heap + size_of::<[Arc<Shard>; SHARDS]>();
        assert!(all <= 64 * set.len(), "{all} bytes");
        assert!((0..1_000_000).all(|n| set.cut(credential(n), NOW) == Some(7)));
        assert!((1_000_000..1_100_000).all(|n| set.cut(credential(n), NOW).is_none()));
    }

    #[test]
    fn set_answers_as_a_plain_map_does() {
        let mut set = RevocationSet::default();
        let mut plain: HashMap<u128, u64> = HashMap::new();
        for step in 0..2_000_u64 {
            let (number, before) = (u128::from(step * 7 % 501), step * 13 % 97);
            let told = plain.entry(number).or_default();
            *told = (*told).max(before);
            set = set.with(vec![entry(credential(number), before)], NOW);
        }
        assert_eq!(set.len(), plain.len());
        for (number, before) in plain {
            assert_eq!(set.cut(credential(number), NOW), Some(before));
        }
    }

    #[test]
    fn entry_of_later_counts_from_that_second_on_and_beside_others() {
        let of = credential(1);
        let later = Entry { from: NOW + 60, ..entry(of, 90) };
        let set = RevocationSet::default().with(vec![later, entry(of, 5), entry(of, 3)], NOW);
        assert_eq!((set.len(), set.cut(of, NOW + 59)), (2, Some(5)));
        assert_eq!(set.cut(of, NOW + 60), Some(90));
    }

    #[test]
    fn what_is_over_is_forgotten_after_an_hour_and_then_said_to_lack() {
        let set = RevocationSet::default().with(vec![entry(credential(1), 5)], NOW);
        let kept = set.with(Vec::new(), NOW + 3_600);
        assert_eq!((kept.len(), kept.may_lack(NOW)), (1, false));
        let rest = kept.with(Vec::new(), NOW + 3_601);
        assert_eq!((rest.len(), rest.may_lack(NOW), rest.may_lack(NOW + 1)), (0, true, false));
        assert!(rest.with(Vec::new(), NOW).may_lack(NOW), "the clock was set back");
    }

    #[test]
    fn kinds_do_not_meet() {
        let same = "same";
        let all = [Digest::of_token(same), Digest::of_key(same), Digest::of_resource_server(same)];
        for (index, one) in all.iter().enumerate() {
            let set = RevocationSet::default().with(vec![entry(*one, 9)], NOW);
            for (other, digest) in all.iter().enumerate() {
                assert_eq!(set.cut(*digest, NOW).is_some(), index == other);
            }
        }
    }
}
