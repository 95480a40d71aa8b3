//! The atomic swap: readers load one immutable pair of snapshot and lease, the follower publishes the next.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use claviger_contract::Position;

use super::Snapshot;
use crate::domain::{Clock, LEASE, Lease, Readiness, Standing, Standstill};

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
    /// Written by the follower alone.
    standing: ArcSwap<Standing>,
    /// When commits of this process were acknowledged, the latest last.
    commits: Mutex<VecDeque<(Position, Duration)>>,
}

/// Whoever waits for an older one counts from later, which is safe.
const COMMITS_REMEMBERED: usize = 1_024;

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
            standing: ArcSwap::default(),
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
        if pair.lease.holds(clock.since_boot()) { Ok(answer) } else { Err(NoLease) }
    }

    /// Position and lease of one pair, and how the follower gets on.
    pub fn readiness(&self, clock: &dyn Clock) -> Readiness {
        let pair = self.pair.load();
        let now = clock.since_boot();
        let (lease_left, lease_age) = match pair.lease {
            Lease::Forever => (None, Some(Duration::ZERO)),
            Lease::Until(end) => (Some(end.saturating_sub(now)), Some((now + LEASE).saturating_sub(end))),
            Lease::None => (Some(Duration::ZERO), None),
        };
        Readiness { position: pair.snapshot.position, lease_left, lease_age, standing: self.standing() }
    }

    pub fn standing(&self) -> Standing {
        **self.standing.load()
    }

    /// The follower's only: of two who write at once, one would be forgotten.
    pub fn note(&self, change: impl FnOnce(&mut Standing)) {
        let mut standing = self.standing();
        change(&mut standing);
        self.standing.store(Arc::new(standing));
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
