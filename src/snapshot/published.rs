//! The atomic swap: readers load an immutable pair of snapshot and lease, and the follower publishes the next pair.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use claviger_contract::Position;

use crate::snapshot::view::Snapshot;
use claviger_domain::{Clock, FollowerStatus, LEASE, Lease, Leased, NoLease, Readiness, Roster, Standstill};

type Pair = Leased<Published>;

/// A snapshot, and where it is from.
#[derive(Clone)]
pub struct Published {
    pub snapshot: Arc<Snapshot>,
    pub origin: Arc<Origin>,
}

/// The history that positions belong to, and who read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The cluster id. Positions of another cluster are of another history.
    pub cluster: String,
    /// How this server is signed in at the database. Empty for a command, which is not.
    pub incarnation: String,
}

/// The follower's looks at the head of the log, numbered from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeadLooks {
    /// The last look that has begun.
    pub begun: u64,
    /// The last look for which everything up to the head it found is published.
    pub finished: u64,
}

pub struct Snapshots {
    pair: ArcSwap<Pair>,
    standstill: ArcSwapOption<Standstill>,
    applied: Mutex<Position>,
    moved: Condvar,
    looks_begun: AtomicU64,
    looks_finished: AtomicU64,
    woken: Mutex<bool>,
    wake: Condvar,
    /// Written only by the follower.
    follower: ArcSwap<FollowerStatus>,
    /// Written only by the follower.
    roster: ArcSwap<Roster>,
    /// When commits of this process were acknowledged, latest last.
    commits: Mutex<VecDeque<(Position, Duration)>>,
    /// As which run of a server this process has signed in last.
    incarnation: Mutex<Option<Arc<str>>>,
}

/// A caller that waits for an older commit counts from a later time, which is safe.
const COMMITS_REMEMBERED: usize = 1_024;

impl Snapshots {
    /// Answers nothing until the first publication.
    pub fn new(empty: Snapshot) -> Self {
        Self {
            applied: Mutex::new(empty.position),
            pair: ArcSwap::from_pointee(Pair {
                state: Published { snapshot: Arc::new(empty), origin: Arc::default() },
                lease: Lease::None,
            }),
            standstill: ArcSwapOption::empty(),
            moved: Condvar::new(),
            looks_begun: AtomicU64::new(0),
            looks_finished: AtomicU64::new(0),
            woken: Mutex::new(false),
            wake: Condvar::new(),
            follower: ArcSwap::default(),
            roster: ArcSwap::default(),
            commits: Mutex::new(VecDeque::new()),
            incarnation: Mutex::new(None),
        }
    }

    /// Evaluates on one snapshot, and then checks that the lease of *that* snapshot still holds. An answer is never
    /// given under a newer lease than that of its own snapshot.
    pub fn answer<T>(
        &self,
        clock: &dyn Clock,
        evaluate: impl FnOnce(&Arc<Snapshot>) -> T,
    ) -> Result<T, NoLease> {
        self.answer_with_origin(clock, |published| evaluate(&published.snapshot))
    }

    /// As [`answer`](Self::answer), for answers that tell their position.
    pub fn answer_with_origin<T>(
        &self,
        clock: &dyn Clock,
        evaluate: impl FnOnce(&Published) -> T,
    ) -> Result<T, NoLease> {
        let evaluated = self.pair.load().evaluate(evaluate);
        evaluated.give(clock.since_boot())
    }

    /// Position and lease of one pair, and the follower's status.
    pub fn readiness(&self, clock: &dyn Clock) -> Readiness {
        let pair = self.pair.load();
        let now = clock.since_boot();
        let (lease_left, lease_age) = match pair.lease {
            Lease::Until(end) => (end.saturating_sub(now), Some((now + LEASE).saturating_sub(end))),
            Lease::None => (Duration::ZERO, None),
        };
        Readiness {
            position: pair.state.snapshot.position,
            lease_left,
            lease_age,
            follower: self.follower_status(),
        }
    }

    pub fn follower_status(&self) -> FollowerStatus {
        **self.follower.load()
    }

    /// Only for the follower: with two concurrent writers, one update would be lost.
    pub fn note(&self, change: impl FnOnce(&mut FollowerStatus)) {
        let mut follower = self.follower_status();
        change(&mut follower);
        self.follower.store(Arc::new(follower));
    }

    /// The servers on the same database, as the follower saw them last. Empty before its first renewal.
    pub fn roster(&self) -> Arc<Roster> {
        self.roster.load_full()
    }

    /// Only for the follower.
    pub fn note_roster(&self, change: impl FnOnce(&mut Roster)) {
        let mut roster = (*self.roster()).clone();
        change(&mut roster);
        self.roster.store(Arc::new(roster));
    }

    /// The snapshot applied last, with or without a lease: for readiness and for waiting.
    pub fn latest(&self) -> Arc<Snapshot> {
        self.pair.load().state.snapshot.clone()
    }

    /// The snapshot applied last and where it is from, with or without a lease.
    pub fn latest_with_origin(&self) -> Published {
        self.pair.load().state.clone()
    }

    /// The only way for the follower to make a change visible. `look` is the number of the look that found it, which is
    /// finished before anybody who waits for the position goes on.
    pub fn publish(&self, published: Published, lease: Lease, look: Option<u64>) {
        let position = published.snapshot.position;
        self.pair.store(Arc::new(Pair { state: published, lease }));
        if let Some(number) = look {
            self.looks_finished.store(number, Ordering::SeqCst);
        }
        self.standstill.store(None);
        *lock(&self.applied) = position;
        self.moved.notify_all();
    }

    /// The follower calls this before it queries the head. Returns the number of this look.
    pub fn begin_look(&self) -> u64 {
        self.looks_begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Read before a pair is loaded: the pair then holds everything that the finished look found.
    pub fn looks(&self) -> HeadLooks {
        HeadLooks {
            finished: self.looks_finished.load(Ordering::SeqCst),
            begun: self.looks_begun.load(Ordering::SeqCst),
        }
    }

    /// Called by the follower: nothing is answered until the next publication. Returns whether the reason is new.
    pub fn stand_still(&self, reason: &Standstill) -> bool {
        self.pair.store(Arc::new(Pair { state: self.latest_with_origin(), lease: Lease::None }));
        let before = self.standstill.swap(Some(Arc::new(reason.clone())));
        before.is_none_or(|before| *before != *reason)
    }

    /// Why this node answers nothing, if it cannot recover on its own.
    pub fn standstill(&self) -> Option<Arc<Standstill>> {
        self.standstill.load_full()
    }

    /// The snapshot at `position` or later, or `None` if it does not arrive within `patience`.
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

    /// `at` is on the boot clock, read after the commit was acknowledged.
    pub fn note_commit(&self, position: Position, at: Duration) {
        let mut commits = lock(&self.commits);
        if commits.len() == COMMITS_REMEMBERED {
            commits.pop_front();
        }
        commits.push_back((position, at));
    }

    /// `None` if it was long ago or by another process.
    pub fn committed_at(&self, position: Position) -> Option<Duration> {
        let commits = lock(&self.commits);
        commits.iter().rev().find(|(known, _)| *known == position).map(|(_, at)| *at)
    }

    /// Called by the follower after it has signed in, and before it publishes anything under that incarnation.
    pub fn note_incarnation(&self, incarnation: &str) {
        *lock(&self.incarnation) = Some(incarnation.into());
    }

    /// `None` for a command, and for a server that has not signed in yet. If it is the same before something is done and
    /// after a pair was loaded, that pair was not published under a later incarnation.
    pub fn incarnation(&self) -> Option<Arc<str>> {
        lock(&self.incarnation).clone()
    }

    /// Wakes the follower to read the log.
    pub fn wake(&self) {
        *lock(&self.woken) = true;
        self.wake.notify_one();
    }

    /// Called by the follower: returns when woken or after `at_most`. The result is whether it was woken.
    pub fn wait_for_wake(&self, at_most: Duration) -> bool {
        let (mut woken, _) = self
            .wake
            .wait_timeout_while(lock(&self.woken), at_most, |woken| !*woken)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *woken)
    }
}

/// A plain value is consistent even if a holder of the lock panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
