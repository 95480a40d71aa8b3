//! Commits acts, one after another.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use claviger_contract::Position;

use super::ahead::Ahead;
use super::{LedgerError, Scene};
use crate::domain::{Clock, Randomness, ServingMember};
use crate::snapshot::{Snapshot, Snapshots};
use crate::store::{Commit, Decision, Store, StoreError, Turn};

pub struct Ledger {
    store: Arc<Store>,
    snapshots: Arc<Snapshots>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    ahead: Ahead,
    /// Milliseconds since boot: until then nobody waits for others' reading, because somebody has just waited in vain.
    in_vain_until: AtomicU64,
}

#[derive(Debug)]
pub struct Committed<T> {
    pub outcome: T,
    /// Of the last row that the act wrote, or of the head if it wrote none.
    pub position: Position,
}

/// How long an act may wait for this node to have read the log up to its head.
const CATCH_UP: Duration = Duration::from_secs(5);

/// Every write that is answered has waited for its own effect for so long at most, and does not fail for that.
/// Pauses of 1, 2, 4 … 40 ms add up to 500 ms by then.
const MOST_LOOKS: u32 = 16;

const IN_VAIN_MILLIS: u64 = 2_000;

const READ_YOUR_WRITES: Duration = Duration::from_millis(500);

impl Ledger {
    pub fn new(
        store: Arc<Store>,
        snapshots: Arc<Snapshots>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        let (ahead, in_vain_until) = (Ahead::default(), AtomicU64::new(0));
        Self { store, snapshots, clock, randomness, ahead, in_vain_until }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// For reading: what this node has applied last.
    pub fn latest(&self) -> Arc<Snapshot> {
        self.snapshots.latest()
    }

    /// `decide` sees the state at the head of the log, which nobody changes before its decision is committed. Then everybody who
    /// answers gets a moment to apply it.
    pub fn act<T, E: From<LedgerError>>(
        &self,
        decide: impl FnOnce(&Scene<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Committed<T>, E> {
        let committed = self.commit(Commit::Alone, decide)?;
        self.wait_for_readers(committed.position);
        Ok(committed)
    }

    /// For whoever goes on to wait at the barrier: the same without a wait, and in one commit with others that come at the same
    /// time. `decide` must read nothing but its scene, and make no signing key.
    pub fn act_with_others<T, E: From<LedgerError>>(
        &self,
        decide: impl FnOnce(&Scene<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Committed<T>, E> {
        self.commit(Commit::WithOthers, decide)
    }

    fn commit<T, E: From<LedgerError>>(
        &self,
        commit: Commit,
        decide: impl FnOnce(&Scene<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Committed<T>, E> {
        let _span = tracing::info_span!("ledger.act").entered();
        let decided = self.store.change(commit, &*self.clock, |turn| {
            let snapshot = self.snapshot_at(turn).map_err(Failure::Ledger)?;
            let scene = Scene {
                snapshot: &snapshot,
                next: turn.head.position.next(),
                now: self.clock.now(),
                randomness: &*self.randomness,
            };
            let decision = decide(&scene).map_err(Failure::Decided)?;
            if commit == Commit::WithOthers {
                self.ahead.look_ahead(turn, snapshot.clone(), &decision);
            }
            Ok(decision)
        });
        self.snapshots.hurry();
        match decided {
            Ok(appended) => {
                self.snapshots.note_commit(appended.position, self.clock.since_boot());
                Ok(Committed { outcome: appended.outcome, position: appended.position })
            }
            Err(Failure::Decided(error)) => Err(error),
            Err(Failure::Ledger(error)) => Err(error.into()),
        }
    }

    /// Nobody moves the head on meanwhile: a snapshot beyond it is of another history.
    fn snapshot_at(&self, turn: Turn) -> Result<Arc<Snapshot>, LedgerError> {
        if let Some(reason) = self.snapshots.standstill() {
            return Err(LedgerError::StandsStill((*reason).clone()));
        }
        let ahead = self.ahead.find(turn);
        let snapshot =
            if turn.head.position == turn.committed { self.catch_up(turn.committed) } else { ahead };
        let exactly = |snapshot: &Arc<Snapshot>| snapshot.position == turn.head.position;
        snapshot.filter(exactly).ok_or(LedgerError::Behind)
    }

    fn catch_up(&self, position: Position) -> Option<Arc<Snapshot>> {
        let latest = self.snapshots.latest();
        if latest.position >= position {
            return Some(latest);
        }
        self.snapshots.hurry();
        self.snapshots.wait_for(position, CATCH_UP)
    }
}

impl Ledger {
    /// This node and every other one, as long as none of them keeps the writer waiting for long.
    fn wait_for_readers(&self, position: Position) {
        let until = self.clock.since_boot() + READ_YOUR_WRITES;
        self.snapshots.wait_for(position, READ_YOUR_WRITES);
        if !self.store.is_shared() || self.millis() < self.in_vain_until.load(Ordering::Relaxed) {
            return;
        }
        let mut pause = Duration::from_millis(1);
        // The clock of tests stands still: the pauses themselves end it too.
        for _ in 0..MOST_LOOKS {
            let all = |members: Vec<ServingMember>| members.iter().all(|member| member.applied >= position);
            if self.store.members().is_ok_and(all) {
                return;
            }
            if self.clock.since_boot() >= until {
                break;
            }
            #[expect(
                clippy::disallowed_methods,
                reason = "others say in the database what they have applied"
            )]
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(40));
        }
        self.in_vain_until.store(self.millis() + IN_VAIN_MILLIS, Ordering::Relaxed);
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.clock.since_boot().as_millis()).unwrap_or(u64::MAX)
    }
}

enum Failure<E> {
    Decided(E),
    Ledger(LedgerError),
}

impl<E> From<StoreError> for Failure<E> {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}
