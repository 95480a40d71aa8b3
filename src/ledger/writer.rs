//! Commits acts, one after another.

use std::sync::Arc;
use std::time::Duration;

use claviger_contract::Position;

use super::{LedgerError, Scene};
use crate::domain::{Clock, Randomness};
use crate::snapshot::{Snapshot, Snapshots};
use crate::store::{Decision, Store, StoreError};

pub struct Ledger {
    store: Arc<Store>,
    snapshots: Arc<Snapshots>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
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
const READ_YOUR_WRITES: Duration = Duration::from_millis(500);

impl Ledger {
    pub fn new(
        store: Arc<Store>,
        snapshots: Arc<Snapshots>,
        clock: Arc<dyn Clock>,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        Self { store, snapshots, clock, randomness }
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

    /// `decide` sees the state at the head of the log, which nobody changes before its decision is committed.
    pub fn act<T, E: From<LedgerError>>(
        &self,
        decide: impl FnOnce(&Scene<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Committed<T>, E> {
        let _span = tracing::info_span!("ledger.act").entered();
        let decided = self.store.change(|head| {
            self.snapshots.hurry();
            let snapshot = self
                .snapshots
                .wait_for(head.position, CATCH_UP)
                .ok_or(Failure::Ledger(LedgerError::Behind))?;
            let scene = Scene {
                snapshot: &snapshot,
                next: head.position.next(),
                now: self.clock.now(),
                randomness: &*self.randomness,
            };
            decide(&scene).map_err(Failure::Decided)
        });
        self.snapshots.hurry();
        match decided {
            Ok(appended) => {
                self.snapshots.wait_for(appended.position, READ_YOUR_WRITES);
                Ok(Committed { outcome: appended.outcome, position: appended.position })
            }
            Err(Failure::Decided(error)) => Err(error),
            Err(Failure::Ledger(error)) => Err(error.into()),
        }
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
