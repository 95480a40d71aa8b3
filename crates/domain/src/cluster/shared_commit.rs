//! A transaction shared by several acts: when another act may join, and when each may respond. Pure.

use std::time::Duration;

/// Bounds the number of acts that one act waits for, and the time that other nodes wait, whatever the database latency.
const MAX_ACTS: usize = 64;
const MAX_OPEN: Duration = Duration::from_millis(50);

/// Whether one more act may join a transaction that began at `begun` and has `acts` acts.
pub fn has_room(acts: usize, begun: Duration, now: Duration) -> bool {
    acts < MAX_ACTS && now < begun + MAX_OPEN
}

/// The known state of the commit. The first final state counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SharedCommit<E> {
    Open,
    Committed,
    Failed(E),
}

impl<E: Clone> SharedCommit<E> {
    pub fn end(&mut self, outcome: Result<(), E>) {
        if matches!(self, Self::Open) {
            *self = outcome.map_or_else(Self::Failed, |()| Self::Committed);
        }
    }

    /// The result of each act of the transaction. `None`: no act may respond yet, although its rows are written.
    pub fn answer(&self) -> Option<Result<(), E>> {
        match self {
            Self::Open => None,
            Self::Committed => Some(Ok(())),
            Self::Failed(error) => Some(Err(error.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_answer_when_the_commit_has_ended_and_all_the_same() {
        let mut commit = SharedCommit::Open;
        assert_eq!(commit.answer(), None);
        commit.end(Err("lost"));
        commit.end(Ok(()));
        assert_eq!(commit.answer(), Some(Err("lost")));
    }

    #[test]
    fn transaction_is_joined_by_so_many_and_for_so_long() {
        let at = Duration::from_millis;
        assert!(has_room(63, at(0), at(49)));
        assert!(!has_room(64, at(0), at(0)) && !has_room(1, at(100), at(150)));
    }
}
