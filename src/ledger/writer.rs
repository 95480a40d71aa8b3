//! Commits acts one after another.

use std::sync::Arc;
use std::time::Duration;

use claviger_contract::{Position, Timestamp};

use crate::ledger::act::{Act, Scene};
use crate::ledger::ahead::Ahead;
use crate::ledger::error::LedgerError;
use crate::ledger::readers::{READ_YOUR_WRITES, Readers};
use crate::ledger::settling::Found;
use crate::ledger::settling::{Asked, Unsettled};
use crate::ledger::tokens_alive::{TokensAlive, UNKNOWN};
use crate::ledger::trial::Trial;
use crate::snapshot::{ClockAlarm, Snapshot, Snapshots};
use crate::store::{Commit, Decision, Store, StoreError, Turn, Writer};
use claviger_domain::{
    AuditEvent, Clock, ClockAlarmed, EventCounts, Limits, Moment, Randomness, Subject, TrustedNow,
};

pub struct Ledger {
    store: Arc<Store>,
    writer: Writer,
    snapshots: Arc<Snapshots>,
    clock: Arc<dyn Clock>,
    alarm: Arc<ClockAlarm>,
    randomness: Arc<dyn Randomness>,
    limits: Limits,
    ahead: Ahead,
    readers: Readers,
    events: EventCounts,
}

#[derive(Debug)]
pub struct Committed<T> {
    pub outcome: T,
    /// Position of the last row that the act wrote, or of the head if it wrote none.
    pub position: Position,
}

/// How long an act may wait, while it blocks every other writer, for this node to apply the log up to its head. On
/// SQLite the follower may have to write first, when this server joins again.
const CATCH_UP_IN_TURN: Duration = Duration::from_millis(250);

/// How long an act may wait without blocking other writers before it tries again.
const CATCH_UP: Duration = Duration::from_secs(5);

/// In a cluster with constant writes, a slow node finds a new head at every turn.
const MAX_TURNS: u32 = 8;

impl Ledger {
    pub fn new(
        store: Arc<Store>,
        snapshots: Arc<Snapshots>,
        clock: Arc<dyn Clock>,
        alarm: Arc<ClockAlarm>,
        randomness: Arc<dyn Randomness>,
        limits: Limits,
    ) -> Self {
        let (ahead, readers, events) = (Ahead::default(), Readers::default(), EventCounts::default());
        let writer = Writer::new(&store);
        Self { store, writer, snapshots, clock, alarm, randomness, limits, ahead, readers, events }
    }

    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    pub fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    /// The time for decisions. As far as possible it is right even if the wall clock is not.
    pub fn now(&self) -> Timestamp {
        self.alarm.now()
    }

    /// What webhooks can be told of, as this server has written it.
    pub const fn events(&self) -> &EventCounts {
        &self.events
    }

    pub fn randomness(&self) -> &dyn Randomness {
        &*self.randomness
    }

    /// For measuring durations.
    pub fn since_boot(&self) -> Duration {
        self.clock.since_boot()
    }

    /// Required by every irreversible action that depends on the time.
    pub fn trusted_now(&self) -> Result<TrustedNow, ClockAlarmed> {
        self.alarm.check()
    }

    /// For reads: the snapshot that this node applied last.
    pub fn latest(&self) -> Arc<Snapshot> {
        self.snapshots.latest()
    }

    /// For an act that takes nothing away; others go through [`Ledger::restrict`].
    ///
    /// `decide` sees the state at the head of the log, which cannot change before its decision is committed. Afterwards
    /// all nodes get a moment to apply it.
    pub fn act<T, E: From<LedgerError>>(
        &self,
        decide: impl FnOnce(&Scene<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Committed<T>, E> {
        let committed = self.commit_settled(Commit::Alone, decide)?;
        self.wait_for_readers(committed.position);
        Ok(committed)
    }

    /// The same in one commit with concurrent acts, and without a wait. `decide` must read no table, and create no
    /// signing key.
    pub fn act_with_others<T, E: From<LedgerError>>(
        &self,
        decide: impl FnOnce(&Scene<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Committed<T>, E> {
        self.commit_settled(Commit::WithOthers, decide)
    }

    /// Writes events that belong to no row of the log, in one commit with concurrent callers. Waits for no act, except on
    /// SQLite. `describe` sees the state that this node applied last.
    pub fn record<E: From<LedgerError>>(
        &self,
        describe: impl FnOnce(&Scene<'_>) -> Result<Vec<AuditEvent>, E>,
    ) -> Result<(), E> {
        self.refuse_standstill().map_err(E::from)?;
        let snapshot = self.latest();
        let scene = Scene::new(&snapshot, snapshot.position.next(), self.now(), &*self.randomness);
        let events = describe(&scene)?;
        let told = EventCounts::among(&events);
        self.writer.append_events(events).map_err(LedgerError::from)?;
        self.events.note(&told);
        Ok(())
    }

    fn refuse_standstill(&self) -> Result<(), LedgerError> {
        self.snapshots.standstill().map_or(Ok(()), |reason| Err(LedgerError::StandsStill((*reason).clone())))
    }

    /// An act that takes nothing away is settled by its commit. Any other is refused before it is written, because it
    /// would be answered while other nodes still accept what it ended.
    fn commit_settled<T, E: From<LedgerError>>(
        &self,
        commit: Commit,
        decide: impl FnOnce(&Scene<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Committed<T>, E> {
        self.commit(commit, &UNKNOWN, |scene| {
            let decision = decide(scene)?;
            match restricting(&decision) {
                Some(kind) => Err(LedgerError::Unsettled { kind }.into()),
                None => Ok::<_, E>(decision),
            }
        })
    }

    /// For an act on `subject` that may take something away, or finds it already taken away.
    pub fn restrict<T, E: From<LedgerError>>(
        &self,
        act: &Act,
        subject: &Subject,
        asked: Asked,
        decide: impl FnOnce(&Scene<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Unsettled<T>, E> {
        self.restrict_by(Commit::Alone, act, subject, asked, decide)
    }

    /// The same in one commit with concurrent acts. `decide` must read no table, and create no signing key.
    pub fn restrict_with_others<T, E: From<LedgerError>>(
        &self,
        act: &Act,
        subject: &Subject,
        asked: Asked,
        decide: impl FnOnce(&Scene<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Unsettled<T>, E> {
        self.restrict_by(Commit::WithOthers, act, subject, asked, decide)
    }

    fn restrict_by<T, E: From<LedgerError>>(
        &self,
        commit: Commit,
        act: &Act,
        subject: &Subject,
        asked: Asked,
        decide: impl FnOnce(&Scene<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Unsettled<T>, E> {
        let (mut found, mut trial) = (Found::default(), None);
        let alive = match act.dry_run {
            true => TokensAlive::default(),
            false => TokensAlive::before(&self.store, &self.latest(), &act.realm, subject, self.now()),
        };
        let committed = self.commit(commit, &alive, |scene| {
            let decision = decide(scene)?;
            if act.dry_run {
                let (tried, nothing) = Trial::of(scene.snapshot, act, decision)?;
                trial = tried;
                return Ok(nothing);
            }
            found = Found::of(scene, act, subject, asked, &decision);
            Ok::<_, E>(decision)
        })?;
        if trial.is_some() {
            return Ok(Unsettled::new(act, committed.outcome, found, trial));
        }
        // The barrier waits for other nodes if something was taken away.
        match found.taken_away {
            Some(position) if position >= committed.position => {
                self.snapshots.wait_for(committed.position, READ_YOUR_WRITES);
            }
            _ => self.wait_for_readers(committed.position),
        }
        Ok(Unsettled::new(act, committed.outcome, found, None))
    }

    fn wait_for_readers(&self, position: Position) {
        self.readers.wait(position, &self.store, &self.snapshots, &*self.clock);
    }

    fn commit<T, E: From<LedgerError>>(
        &self,
        commit: Commit,
        tokens_alive: &TokensAlive,
        decide: impl FnOnce(&Scene<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Committed<T>, E> {
        let _span = tracing::info_span!("ledger.act").entered();
        let mut decide = Some(decide);
        let mut told = Vec::new();
        for _ in 0..MAX_TURNS {
            let decided = self.writer.change(commit, &*self.clock, |turn, tables| {
                let snapshot = self.snapshot_at(turn)?;
                let Moment { at: now, trusted } = self.alarm.moment();
                let scene = Scene {
                    snapshot: &snapshot,
                    next: turn.head.position.next(),
                    now,
                    trusted,
                    limits: self.limits,
                    tables,
                    tokens_alive,
                    randomness: &*self.randomness,
                };
                let decide = decide.take().ok_or(Failure::Ledger(LedgerError::Behind))?;
                let decision = decide(&scene).map_err(Failure::Decided)?;
                if let Decision::Append { audit, .. } = &decision {
                    told = EventCounts::among(audit);
                }
                if commit == Commit::WithOthers {
                    self.ahead.look_ahead(turn, snapshot.clone(), &decision);
                }
                Ok(decision)
            });
            self.snapshots.wake();
            match decided {
                Ok(appended) => {
                    self.events.note(&told);
                    self.snapshots.note_commit(appended.position, self.clock.since_boot());
                    return Ok(Committed { outcome: appended.outcome, position: appended.position });
                }
                Err(Failure::Behind(position)) => {
                    if self.snapshots.wait_for(position, CATCH_UP).is_none() {
                        break;
                    }
                }
                Err(Failure::Decided(error)) => return Err(error),
                Err(Failure::Ledger(error)) => return Err(error.into()),
            }
        }
        Err(LedgerError::Behind.into())
    }

    /// The head cannot move meanwhile: a snapshot beyond it belongs to another history.
    fn snapshot_at<E>(&self, turn: Turn) -> Result<Arc<Snapshot>, Failure<E>> {
        self.refuse_standstill().map_err(Failure::Ledger)?;
        let is_first = turn.head.position == turn.committed;
        let found = if is_first { self.catch_up(turn.committed) } else { self.ahead.find(turn) };
        match found {
            Some(snapshot) if snapshot.position == turn.head.position => Ok(snapshot),
            None if is_first => Err(Failure::Behind(turn.committed)),
            _ => Err(Failure::Ledger(LedgerError::Behind)),
        }
    }

    fn catch_up(&self, position: Position) -> Option<Arc<Snapshot>> {
        let latest = self.snapshots.latest();
        if latest.position >= position {
            return Some(latest);
        }
        self.snapshots.wake();
        self.snapshots.wait_for(position, CATCH_UP_IN_TURN)
    }
}

/// The kind of the first row that takes something away.
fn restricting<T>(decision: &Decision<T>) -> Option<&'static str> {
    match decision {
        Decision::Nothing(_) | Decision::Unreadable(_) => None,
        Decision::Append { entries, .. } => {
            entries.iter().find(|entry| entry.restricts()).map(|entry| entry.log().change.kind())
        }
    }
}

enum Failure<E> {
    Decided(E),
    Ledger(LedgerError),
    /// This node has not applied the log up to this position, and nothing was decided.
    Behind(Position),
}

impl<E> From<StoreError> for Failure<E> {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Entry;
    use claviger_domain::{Change, Consequences, DatabaseUrl, Id, LogEntry, StoppedClock};

    struct Constant;

    impl Randomness for Constant {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(7);
        }
    }

    fn row() -> Decision<()> {
        let change = Change::TokenRevoked {
            jti: "one".into(),
            client_id: Id::from_u128(0),
            expires_at: Timestamp::from_epoch_seconds(2_000_000_000),
        };
        let log = LogEntry { realm: "main".parse().expect("a realm"), change };
        let entry = Entry::new(log, Consequences::default(), None).expect("a row that reads back");
        Decision::Append {
            entries: vec![entry],
            audit: Vec::new(),
            made: None,
            notices: Vec::new(),
            outcome: (),
        }
    }

    /// A follower that has to sign in again would wait for the act, and the act for the follower.
    #[test]
    fn act_that_waits_for_the_state_holds_up_no_other_writer() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = DatabaseUrl::Sqlite(folder.path().join("claviger.db"));
        let store = Arc::new(Store::open(&url).expect("a store"));
        let clock: Arc<dyn Clock> = Arc::new(StoppedClock);
        // No follower runs: the state stays at the beginning.
        let snapshots = Arc::new(Snapshots::new(Snapshot::empty("https://keys.example.org")));
        let alarm = Arc::new(ClockAlarm::new(clock.clone()));
        let randomness: Arc<dyn Randomness> = Arc::new(Constant);
        let ledger = Arc::new(Ledger::new(store, snapshots, clock, alarm, randomness, Limits::default()));
        let write = || ledger.writer.change::<_, StoreError>(Commit::Alone, &StoppedClock, |_, _| Ok(row()));
        write().expect("written");
        let (taking, taken) = std::sync::mpsc::channel();
        let acting = ledger.clone();
        let act = std::thread::spawn(move || {
            taking.send(()).expect("somebody listens");
            acting.act::<(), LedgerError>(|_| Ok(row()))
        });
        taken.recv().expect("the act begins");
        let mut written = 0;
        while !act.is_finished() {
            if write().is_ok() && !act.is_finished() {
                written += 1;
            }
            if written == 20 {
                break;
            }
        }
        assert_eq!(written, 20, "written while the act waited");
        let outcome = act.join().expect("it returns");
        assert!(matches!(outcome, Err(LedgerError::Behind)), "{outcome:?}");
    }
}
