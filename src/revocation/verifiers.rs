//! The verifiers that follow the feed of this server. Each has a row in the database, which every revocation finds.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claviger_contract::{Position, RealmLabel};

use crate::revocation::attached::{Attached, Batch, HeardServer, Refused, RowState};
use crate::snapshot::{ClockAlarm, Snapshots};
use crate::store::HeardVerifier;
use claviger_domain::{ResourceServerId, VerifierId};

/// One poll of a verifier: what it acknowledges.
#[derive(Clone, Debug)]
pub struct Poll {
    pub realm: RealmLabel,
    pub resource_server: ResourceServerId,
    pub verifier: VerifierId,
    /// The verifier has applied all restrictions up to here: zero if it has none of this cluster.
    pub acked: Position,
}

/// The row of a verifier that was heard for the first time: requested, and not known to be committed.
#[derive(Debug)]
pub struct PendingRow {
    verifier: VerifierId,
    /// Of the run of the server that it was requested in.
    generation: u64,
}

/// Why a verifier must not be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeard {
    #[error("the resource server has too many verifiers at this node: each process must keep one id")]
    TooMany,
    #[error("the database does not know of this verifier yet: retry")]
    Unwritten,
}

/// How long the first request of a verifier waits for its row. A lease is longer.
const ATTACH_WAIT: Duration = Duration::from_secs(1);

/// The most requests that wait for a row at the same time, as each occupies a thread. They share their commits.
const MAX_WAITING: usize = 128;

pub struct Verifiers {
    snapshots: Arc<Snapshots>,
    alarm: Arc<ClockAlarm>,
    state: Mutex<State>,
    /// Something is to be written soon, or the thread that writes is to stop.
    due: Condvar,
    /// Rows were written, or could not be.
    tried: Condvar,
}

#[derive(Default)]
struct State {
    attached: Attached,
    is_due: bool,
    is_stopped: bool,
    waiting: usize,
    /// Resource servers with verifiers at any node, and how many, as last read.
    anywhere: BTreeMap<(RealmLabel, ResourceServerId), u64>,
}

impl Verifiers {
    pub fn new(snapshots: Arc<Snapshots>, alarm: Arc<ClockAlarm>) -> Self {
        let state = Mutex::new(State::default());
        Self { snapshots, alarm, state, due: Condvar::new(), tried: Condvar::new() }
    }

    /// Returns when the verifier's row is committed: at once for a known one. Call it before the pair of the answer is
    /// loaded. If `Snapshots::incarnation` differs between a time before this call and one after that pair was loaded,
    /// the row is not one of the server that answers, and the answer must be a 503.
    ///
    /// May block for a second.
    pub fn hear(&self, poll: Poll) -> Result<(), NotHeard> {
        match self.hear_at_once(poll)? {
            None => Ok(()),
            Some(row) => self.wait(&row),
        }
    }

    /// As [`hear`](Self::hear), and never blocks: if the row is not committed yet, it must be waited for with
    /// [`wait`](Self::wait).
    pub fn hear_at_once(&self, poll: Poll) -> Result<Option<PendingRow>, NotHeard> {
        let (at, now) = (self.alarm.clock().since_boot(), self.alarm.now());
        let Poll { realm, resource_server, verifier, acked } = poll;
        let awaited = self.awaited(&realm);
        // A run that has published nothing yet deletes its row when it fails, while the state of the run before is still
        // answered from.
        let published = self.snapshots.latest_with_origin().origin;
        if self.snapshots.incarnation().is_none_or(|signed_in| *signed_in != *published.incarnation) {
            return Err(NotHeard::Unwritten);
        }
        let mut state = self.lock();
        // Read under the lock: an earlier incarnation never comes back.
        state.attached.enter(self.snapshots.incarnation());
        let heard = HeardVerifier { realm, resource_server, verifier: verifier.clone(), acked };
        match state.attached.hear(heard, at, now) {
            Err(Refused::TooMany) => Err(NotHeard::TooMany),
            Err(Refused::Foreign) | Ok(RowState::Unwritten) => Err(NotHeard::Unwritten),
            Ok(RowState::Written(written)) => {
                if awaited.is_some_and(|awaited| written < awaited && awaited <= acked) {
                    self.make_due(&mut state);
                }
                Ok(None)
            }
            Ok(RowState::Requested) => {
                self.make_due(&mut state);
                Ok(Some(PendingRow { verifier, generation: state.attached.generation() }))
            }
        }
    }

    /// The position that a revocation may be waiting for. `None` if the realm is not known here.
    fn awaited(&self, realm: &RealmLabel) -> Option<Position> {
        let snapshot = self.snapshots.latest();
        snapshot.find_realm_or_deleted(realm.as_str()).map(|realm| realm.last_restriction())
    }

    /// Blocks until the row is committed, for a second at most.
    pub fn wait(&self, row: &PendingRow) -> Result<(), NotHeard> {
        let PendingRow { verifier, generation } = row;
        let mut state = self.lock();
        if state.waiting >= MAX_WAITING || state.is_stopped {
            return Err(NotHeard::Unwritten);
        }
        state.waiting += 1;
        let is_pending = |state: &mut State| {
            let is_requested = state.attached.row(verifier) == Some(RowState::Requested);
            is_requested && state.attached.generation() == *generation && !state.is_stopped
        };
        let waited = self.tried.wait_timeout_while(state, ATTACH_WAIT, is_pending);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.waiting -= 1;
        let is_written = matches!(state.attached.row(verifier), Some(RowState::Written(_)));
        if is_written && state.attached.generation() == *generation {
            Ok(())
        } else {
            Err(NotHeard::Unwritten)
        }
    }

    fn make_due(&self, state: &mut State) {
        state.is_due = true;
        self.due.notify_one();
    }

    /// The run of this server that verifiers attach to now.
    pub fn incarnation(&self) -> Option<Arc<str>> {
        self.snapshots.incarnation()
    }

    /// The resource servers of the realm that have verifiers, at whatever node: to a few seconds, where another node
    /// hears them.
    pub fn last_heard(&self, realm: &RealmLabel) -> BTreeMap<ResourceServerId, HeardServer> {
        let now = self.alarm.now();
        let state = self.lock();
        let mut heard = state.attached.heard(realm);
        for ((_, server), instances) in state.anywhere.iter().filter(|((of, _), _)| of == realm) {
            let server = heard.entry(*server).or_insert(HeardServer { at: now, instances: 0 });
            server.instances = server.instances.max(*instances);
        }
        heard
    }

    /// Returns when something is to be written soon, or after `at_most`. `None` when the server stops.
    pub(super) fn next_batch(&self, at_most: Duration) -> Option<Option<Batch>> {
        let is_idle = |state: &mut State| !state.is_due && !state.is_stopped;
        let waited = self.due.wait_timeout_while(self.lock(), at_most, is_idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_due = false;
        state.attached.enter(self.snapshots.incarnation());
        let applied = self.snapshots.latest().position;
        (!state.is_stopped).then(|| state.attached.batch(applied))
    }

    pub(super) fn note(&self, change: impl FnOnce(&mut Attached)) {
        change(&mut self.lock().attached);
        self.tried.notify_all();
    }

    pub(super) fn ask<T>(&self, ask: impl FnOnce(&mut Attached) -> T) -> T {
        ask(&mut self.lock().attached)
    }

    pub(super) fn note_anywhere(&self, anywhere: BTreeMap<(RealmLabel, ResourceServerId), u64>) {
        self.lock().anywhere = anywhere;
    }

    /// Nobody is heard for the first time any more.
    pub(super) fn stop(&self) {
        self.lock().is_stopped = true;
        self.due.notify_all();
        self.tried.notify_all();
    }

    pub(super) fn since_boot(&self) -> Duration {
        self.alarm.clock().since_boot()
    }

    /// Always consistent: each change is complete when the lock is released.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
