//! The atomic swap: readers load one immutable pair of snapshot and lease, the follower publishes the next.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use claviger_contract::Position;

use super::Snapshot;
use crate::domain::{Clock, Standstill};

/// For how long the snapshot beside it may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// Nobody else can write: the lock on the data folder is the lease.
    Forever,
    /// On this machine's boot clock.
    Until(Duration),
    /// Not now: neither active nor inactive can be said.
    None,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "this node has lost its database for longer than its lease, and answers nothing until it has it back"
)]
pub struct NoLease;

struct Pair {
    snapshot: Arc<Snapshot>,
    lease: Lease,
}

pub struct Snapshots {
    pair: ArcSwap<Pair>,
    standstill: ArcSwapOption<Standstill>,
    applied: Mutex<Position>,
    moved: Condvar,
    hurried: Mutex<bool>,
    hurry: Condvar,
    /// When commits of this process were acknowledged, the latest last.
    commits: Mutex<VecDeque<(Position, Duration)>>,
}

/// Whoever waits for an older one counts from later, which is safe.
const COMMITS_REMEMBERED: usize = 1_024;

impl Lease {
    fn holds(self, clock: &dyn Clock) -> bool {
        match self {
            Self::Forever => true,
            Self::Until(end) => clock.since_boot() < end,
            Self::None => false,
        }
    }
}

impl Snapshots {
    /// Nothing is answered from it before something is published.
    pub fn new(empty: Snapshot) -> Self {
        Self {
            applied: Mutex::new(empty.position),
            pair: ArcSwap::from_pointee(Pair { snapshot: Arc::new(empty), lease: Lease::None }),
            standstill: ArcSwapOption::empty(),
            moved: Condvar::new(),
            hurried: Mutex::new(false),
            hurry: Condvar::new(),
            commits: Mutex::new(VecDeque::new()),
        }
    }

    /// Evaluates on one snapshot, and only then asks whether *that* snapshot's lease still holds: an answer is never
    /// given under a newer lease than the one of the snapshot that it was made from.
    pub fn answer<T>(
        &self,
        clock: &dyn Clock,
        evaluate: impl FnOnce(&Arc<Snapshot>) -> T,
    ) -> Result<T, NoLease> {
        let pair = self.pair.load();
        let answer = evaluate(&pair.snapshot);
        if pair.lease.holds(clock) { Ok(answer) } else { Err(NoLease) }
    }

    pub fn has_lease(&self, clock: &dyn Clock) -> bool {
        self.pair.load().lease.holds(clock)
    }

    /// Whatever was applied last, lease or not: for readiness and for waiting.
    pub fn latest(&self) -> Arc<Snapshot> {
        self.pair.load().snapshot.clone()
    }

    /// The follower's only way to make a change seen.
    pub fn publish(&self, snapshot: Arc<Snapshot>, lease: Lease) {
        let position = snapshot.position;
        self.pair.store(Arc::new(Pair { snapshot, lease }));
        self.standstill.store(None);
        *lock(&self.applied) = position;
        self.moved.notify_all();
    }

    /// For the follower: nothing is answered any more until something is published. Whether the reason is a new one.
    pub fn stand_still(&self, reason: &Standstill) -> bool {
        self.pair.store(Arc::new(Pair { snapshot: self.latest(), lease: Lease::None }));
        let before = self.standstill.swap(Some(Arc::new(reason.clone())));
        before.is_none_or(|before| *before != *reason)
    }

    /// Why this node answers nothing, where that mends itself by nothing that it does.
    pub fn standstill(&self) -> Option<Arc<Standstill>> {
        self.standstill.load_full()
    }

    /// The snapshot at `position` or later, or `None` when it takes longer than `patience`.
    pub fn wait_for(&self, position: Position, patience: Duration) -> Option<Arc<Snapshot>> {
        let behind = |applied: &mut Position| *applied < position;
        let (applied, _) = self
            .moved
            .wait_timeout_while(lock(&self.applied), patience, behind)
            .unwrap_or_else(PoisonError::into_inner);
        let reached = *applied >= position;
        drop(applied);
        reached.then(|| self.latest())
    }

    /// On the boot clock, read after the commit was acknowledged.
    pub fn note_commit(&self, position: Position, at: Duration) {
        let mut commits = lock(&self.commits);
        if commits.len() == COMMITS_REMEMBERED {
            commits.pop_front();
        }
        commits.push_back((position, at));
    }

    /// `None` where it was long ago, or another process's.
    pub fn committed_at(&self, position: Position) -> Option<Duration> {
        let commits = lock(&self.commits);
        commits.iter().rev().find(|(known, _)| *known == position).map(|(_, at)| *at)
    }

    /// Tells the follower that there is something to read.
    pub fn hurry(&self) {
        *lock(&self.hurried) = true;
        self.hurry.notify_one();
    }

    /// For the follower: returns when hurried, or after `at_most`; whether it was hurried.
    pub fn wait_for_hurry(&self, at_most: Duration) -> bool {
        let (mut hurried, _) = self
            .hurry
            .wait_timeout_while(lock(&self.hurried), at_most, |hurried| !*hurried)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *hurried)
    }
}

/// A plain value behind a lock is whole even when a holder panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
