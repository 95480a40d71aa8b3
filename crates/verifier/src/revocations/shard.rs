//! One of the 1,024 parts of a set: a sorted list that is replaced as a whole.

use std::mem::size_of;

use crate::revocations::digest::Digest;

/// Ends tokens that were issued before a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) of: Digest,
    /// Epoch seconds; counts at once if it is past.
    pub(crate) from: u32,
    /// Epoch seconds: from then on nothing that it speaks of can be alive.
    pub(crate) forget_after: u32,
    pub(crate) before: u64,
}

const _: () = assert!(size_of::<Entry>() == 32, "a million entries must fit 64 MB, with room to spare");

#[derive(Debug, Default)]
pub(super) struct Shard {
    /// Sorted by subject and `from`, of which each pair is there once.
    entries: Box<[Entry]>,
    /// The earliest `forget_after`.
    earliest: Option<u32>,
}

impl Shard {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The greatest position before which tokens of it are dead at a time.
    pub(super) fn cut(&self, of: Digest, now: u32) -> Option<u64> {
        let first = self.entries.partition_point(|entry| entry.of < of);
        let of_it = self.entries[first..].iter().take_while(|entry| entry.of == of);
        of_it.filter(|entry| entry.from <= now).map(|entry| entry.before).max()
    }

    /// `added` is sorted as the shard is.
    #[must_use]
    pub(super) fn with(&self, added: &[Entry]) -> Self {
        let mut merged: Vec<Entry> = Vec::with_capacity(self.entries.len() + added.len());
        let (mut old, mut new) = (self.entries.iter().peekable(), added.iter().peekable());
        loop {
            let next = match (old.peek(), new.peek()) {
                (Some(one), Some(other)) if order(one) <= order(other) => old.next(),
                (_, Some(_)) => new.next(),
                (_, None) => old.next(),
            };
            let Some(next) = next else { break };
            match merged.last_mut() {
                Some(last) if order(last) == order(next) => {
                    last.before = last.before.max(next.before);
                    last.forget_after = last.forget_after.max(next.forget_after);
                }
                _ => merged.push(*next),
            }
        }
        Self::of(merged)
    }

    /// `None` if nothing is to be forgotten.
    pub(super) fn without_older(&self, than: u32) -> Option<Self> {
        let due = self.earliest.is_some_and(|earliest| earliest < than);
        due.then(|| {
            Self::of(self.entries.iter().copied().filter(|entry| entry.forget_after >= than).collect())
        })
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.entries.len() * size_of::<Entry>()
    }

    fn of(entries: Vec<Entry>) -> Self {
        let earliest = entries.iter().map(|entry| entry.forget_after).min();
        Self { entries: entries.into_boxed_slice(), earliest }
    }
}

/// The order of a shard, and of what is added to it.
pub(super) fn order(entry: &Entry) -> (Digest, u32) {
    (entry.of, entry.from)
}
