//! The only write path: decides on the state at the head of the log, then commits state, log rows and audit events
//! together.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claviger_contract::Position;

use crate::store::audit::events::check_event;
use crate::store::audit::gathered::Gathered;
use crate::store::connection::{AnyConnection, Place};
use crate::store::database::Store;
use crate::store::deciding::Deciding;
use crate::store::error::StoreError;
use crate::store::kept::Kept;
use crate::store::log::chains::Chains;
use crate::store::log::decision::{Appended, Commit, Decision, Turn};
use crate::store::log::outcome::Reporter;
use crate::store::log::tables_at_head::TablesAtHead;
use crate::store::tables::idempotency_keys;
use crate::store::tables::webhooks::notices;
use claviger_domain::{AuditEvent, Clock, has_room};

/// Serializes writers, so one connection is enough. A queued writer joins the open transaction. One commit, and one
/// wait for the disk, then serve all of them.
pub struct Writer {
    place: Arc<Place>,
    slot: Mutex<Slot>,
    /// The number of writers that will certainly take the slot.
    waiting: AtomicUsize,
    transactions: AtomicU64,
    events: Gathered,
    /// For events without a row of the log, on PostgreSQL. An SQLite file has one writer at a time, so there they take
    /// turns with the changes.
    events_connection: Mutex<Kept>,
}

struct Slot {
    kept: Kept,
    /// A transaction left open for queued writers; the last of them commits it.
    open: Option<Open>,
}

/// A transaction that holds the lock on the head of the log.
struct Open {
    connection: RefCell<AnyConnection>,
    number: u64,
    /// The time on the boot clock.
    begun: Duration,
    acts: usize,
    committed: Position,
    chains: Chains,
    wrote: bool,
    outcome: Reporter,
}

impl Writer {
    pub fn new(store: &Store) -> Self {
        let kept = || Kept::new(store.place.clone());
        Self {
            place: store.place.clone(),
            slot: Mutex::new(Slot { kept: kept(), open: None }),
            waiting: AtomicUsize::new(0),
            transactions: AtomicU64::new(0),
            events: Gathered::default(),
            events_connection: Mutex::new(kept()),
        }
    }

    /// Returns once the events are committed, together with those of concurrent callers. On PostgreSQL this waits for no
    /// change of the log, except for the moment of its commit.
    pub fn append_events(&self, events: Vec<AuditEvent>) -> Result<(), StoreError> {
        self.place.check()?;
        events.iter().try_for_each(check_event).map_err(StoreError::Unreadable)?;
        self.events.append(events, |commit| match self.place.is_shared() {
            true => commit(&mut self.events_connection.lock().unwrap_or_else(PoisonError::into_inner)),
            false => {
                let mut slot = self.take_turn();
                slot.finish_open();
                commit(&mut slot.kept);
            }
        })
    }

    /// `decide` sees the head of the log and must decide on exactly that state. A refusal changes nothing.
    ///
    /// After a `StoreError` the outcome of the commit may be unknown: never report success.
    pub fn change<T, E: From<StoreError>>(
        &self,
        commit: Commit,
        clock: &dyn Clock,
        decide: impl FnOnce(Turn, TablesAtHead<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Appended<T>, E> {
        let mut slot = self.take_turn();
        // Write nothing into a file that the next start would not find.
        self.place.check()?;
        if commit == Commit::Alone {
            slot.finish_open();
        }
        let mut open = match slot.open.take() {
            Some(open) => open,
            None => self.begin(&mut slot, clock)?,
        };
        let decided = match open.go_on(commit, decide) {
            Ok(decided) => decided,
            // The whole transaction is rolled back, so every change in it gets the same error.
            Err(error) => return Err(open.outcome.fail(error).into()),
        };
        let outcome = open.outcome.shared();
        let others = || self.waiting.load(Ordering::SeqCst) > 0;
        if commit == Commit::WithOthers && open.has_room(clock) && others() {
            slot.open = Some(open);
        } else {
            slot.finish(open);
        }
        drop(slot);
        outcome.wait()?;
        decided
    }

    fn take_turn(&self) -> MutexGuard<'_, Slot> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        // A poisoned lock is safe: a writer that panicked had taken its state out of the slot.
        let slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        slot
    }

    fn begin(&self, slot: &mut Slot, clock: &dyn Clock) -> Result<Open, StoreError> {
        let (connection, chains) = slot.kept.begin(Chains::lock)?;
        let number = self.transactions.fetch_add(1, Ordering::Relaxed);
        let (acts, committed, outcome) = (0, chains.head.position, Reporter::default());
        Ok(Open {
            connection: RefCell::new(connection),
            number,
            begun: clock.since_boot(),
            acts,
            committed,
            chains,
            wrote: false,
            outcome,
        })
    }
}

impl Slot {
    fn finish_open(&mut self) {
        if let Some(open) = self.open.take() {
            self.finish(open);
        }
    }

    fn finish(&mut self, open: Open) {
        let Open { connection, chains, wrote, outcome, .. } = open;
        let mut connection = connection.into_inner();
        let ended = match wrote {
            true => chains.settle(&mut connection).and_then(|_| self.kept.commit(connection)),
            false => self.kept.roll_back(connection),
        };
        match ended {
            Err(error) if wrote => drop(outcome.fail(error)),
            _ => outcome.report(Ok(())),
        }
    }
}

impl Open {
    fn has_room(&self, clock: &dyn Clock) -> bool {
        has_room(self.acts, self.begun, clock.since_boot())
    }

    /// The outer error is the database's: nothing can be committed any more.
    fn go_on<T, E>(
        &mut self,
        commit: Commit,
        decide: impl FnOnce(Turn, TablesAtHead<'_>) -> Result<Decision<T>, E>,
    ) -> Result<Result<Appended<T>, E>, StoreError>
    where
        E: From<StoreError>,
    {
        self.acts += 1;
        let turn = Turn { head: self.chains.head, committed: self.committed, transaction: self.number };
        let decision = {
            let _deciding = Deciding::begin();
            let tables = match commit {
                Commit::Alone => TablesAtHead::new(&self.connection),
                Commit::WithOthers => TablesAtHead::none(),
            };
            decide(turn, tables)
        };
        let outcome = match decision {
            Err(refused) => return Ok(Err(refused)),
            Ok(Decision::Nothing(outcome)) => outcome,
            Ok(Decision::Unreadable(unreadable)) => {
                return Ok(Err(StoreError::Unreadable(unreadable).into()));
            }
            Ok(Decision::Append { entries, audit, made, notices, outcome }) => {
                self.wrote = true;
                let connection = self.connection.get_mut();
                self.chains.append(connection, &entries, audit)?;
                if let Some(made) = made {
                    idempotency_keys::insert(connection, &made)?;
                }
                for notice in &notices {
                    notices::insert(connection, notice)?;
                }
                outcome
            }
        };
        Ok(Ok(Appended { outcome, position: self.chains.head.position }))
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    use claviger_contract::Timestamp;

    use super::*;
    use crate::store::log::entry::Entry;
    use crate::store::log::head::Head;
    use claviger_domain::{
        Actor, ActorKind, AuditAction, AuditEvent, AuditTarget, Change, Consequences, DatabaseUrl, Id,
        LogEntry, StoppedClock, TargetKind,
    };

    fn store() -> (tempfile::TempDir, Store, Writer) {
        let folder = tempfile::tempdir().expect("a folder");
        let url = DatabaseUrl::Sqlite(folder.path().join("claviger.db"));
        let store = Store::open(&url).expect("a store");
        let writer = Writer::new(&store);
        (folder, store, writer)
    }

    fn entry(jti: &str) -> Entry {
        let change = Change::TokenRevoked {
            jti: jti.into(),
            client_id: Id::from_u128(0),
            expires_at: Timestamp::from_epoch_seconds(2_000_000_000),
        };
        let log = LogEntry { realm: "main".parse().expect("a realm"), change };
        Entry::new(log, Consequences::default(), None).expect("a row that reads back")
    }

    fn event() -> AuditEvent {
        AuditEvent {
            id: Id::from_u128(0),
            realm: "main".parse().expect("a realm"),
            at: StoppedClock.now(),
            actor: Actor { kind: ActorKind::Server, id: None, name: "claviger".to_owned() },
            action: AuditAction::AccessTokenRevoke,
            target: AuditTarget {
                kind: TargetKind::AccessToken,
                id: "one".to_owned(),
                name: "one".to_owned(),
            },
            before: None,
            after: None,
            address: None,
            request_id: None,
            position: Position::new(1),
            tokens_ended_estimate: None,
        }
    }

    fn row(turn: Turn) -> Decision<Turn> {
        let entries = vec![entry(&turn.head.position.to_string())];
        Decision::Append { entries, audit: Vec::new(), made: None, notices: Vec::new(), outcome: turn }
    }

    fn head(store: &Store) -> Head {
        store.session().and_then(|mut session| session.head()).expect("a head")
    }

    /// Runs one change that is decided while `behind` waits for its turn. Returns both results.
    fn one_behind_another<T: Send>(
        writer: &Writer,
        behind: impl FnOnce() -> T + Send,
    ) -> (Result<Turn, StoreError>, T) {
        thread::scope(|scope| {
            let (deciding, decides) = std::sync::mpsc::channel();
            let first = scope.spawn(move || {
                let appended =
                    writer.change::<Turn, StoreError>(Commit::WithOthers, &StoppedClock, |turn, _| {
                        deciding.send(()).expect("somebody listens");
                        // The second writer may have failed.
                        let waits = (0..20_000).any(|_| {
                            #[expect(
                                clippy::disallowed_methods,
                                reason = "there is no notification when another thread waits for a lock"
                            )]
                            thread::sleep(Duration::from_millis(1));
                            writer.waiting.load(Ordering::SeqCst) > 0
                        });
                        assert!(waits, "nobody waits for a turn");
                        Ok(row(turn))
                    });
                appended.map(|appended| appended.outcome)
            });
            decides.recv().expect("the first is being decided");
            let behind = behind();
            (first.join().expect("the first has ended"), behind)
        })
    }

    fn act(writer: &Writer, commit: Commit) -> Result<Turn, StoreError> {
        writer.change(commit, &StoppedClock, |turn, _| Ok(row(turn))).map(|appended| appended.outcome)
    }

    #[test]
    fn only_a_change_that_is_alone_reads_tables() {
        let (_folder, _store, writer) = store();
        let read = |commit| {
            writer.change::<_, StoreError>(commit, &StoppedClock, |_, tables| {
                tables.find_sealed_key("none").map(Decision::Nothing)
            })
        };
        assert_eq!(read(Commit::Alone).expect("a read").outcome, None);
        assert!(matches!(read(Commit::WithOthers), Err(StoreError::NoTables)));
    }

    #[test]
    fn queued_writer_joins_the_open_transaction() {
        let (_folder, store, writer) = store();
        let (first, second) = one_behind_another(&writer, || act(&writer, Commit::WithOthers));
        let (first, second) = (first.expect("written"), second.expect("written"));
        assert_eq!(first.transaction, second.transaction);
        assert_eq!((first.head.position, second.head.position), (Position::ZERO, Position::new(1)));
        assert_eq!(second.committed, Position::ZERO);
        assert_eq!(head(&store).position, Position::new(2));
        let third = act(&writer, Commit::WithOthers).expect("written");
        assert_ne!(third.transaction, second.transaction);
        assert_eq!(third.committed, Position::new(2));
    }

    #[test]
    fn writer_that_reads_tables_waits_for_the_commit() {
        let (_folder, _store, writer) = store();
        let (first, second) = one_behind_another(&writer, || act(&writer, Commit::Alone));
        let (first, second) = (first.expect("written"), second.expect("written"));
        assert_ne!(first.transaction, second.transaction);
        assert_eq!((second.committed, second.head.position), (Position::new(1), Position::new(1)));
    }

    #[test]
    fn refused_change_leaves_the_transaction_intact() {
        let (_folder, store, writer) = store();
        let refuse = || {
            writer.change::<(), StoreError>(Commit::WithOthers, &StoppedClock, |_, _| Err(StoreError::Busy))
        };
        let (first, second) = one_behind_another(&writer, refuse);
        assert!(first.is_ok());
        assert!(matches!(second.map(|appended| appended.position), Err(StoreError::Busy)));
        assert_eq!(head(&store).position, Position::new(1));
    }

    #[test]
    fn unreadable_change_leaves_the_transaction_intact() {
        let (_folder, store, writer) = store();
        let unreadable = || {
            writer.change::<(), StoreError>(Commit::WithOthers, &StoppedClock, |_, _| {
                let change = Change::TokenRevoked {
                    jti: "a\0b".into(),
                    client_id: Id::from_u128(0),
                    expires_at: Timestamp::LATEST,
                };
                let log = LogEntry { realm: "main".parse().expect("a realm"), change };
                let refused = Entry::new(log, Consequences::default(), None).err().expect("refused");
                Ok(Decision::Unreadable(refused))
            })
        };
        let (first, second) = one_behind_another(&writer, unreadable);
        assert!(first.is_ok());
        match second.map(|appended| appended.position) {
            Err(StoreError::Unreadable(told)) => assert_eq!(told.field, "jti"),
            other => panic!("{other:?}"),
        }
        assert_eq!(head(&store).position, Position::new(1));
    }

    #[test]
    fn lost_transaction_fails_every_change_in_it() {
        let (_folder, store, writer) = store();
        let before = head(&store);
        let panics = || {
            let decide = |_, _: TablesAtHead<'_>| -> Result<Decision<()>, StoreError> {
                panic!("a decision ends early")
            };
            catch_unwind(AssertUnwindSafe(|| {
                writer.change(Commit::WithOthers, &StoppedClock, decide).is_ok()
            }))
        };
        let (first, second) = one_behind_another(&writer, panics);
        assert!(second.is_err());
        assert!(matches!(first, Err(StoreError::Together(_))), "{first:?}");
        assert_eq!(head(&store), before);
        act(&writer, Commit::WithOthers).expect("the next one is written");
    }

    #[test]
    fn database_error_fails_every_change_in_the_transaction() {
        let (_folder, store, writer) = store();
        let before = head(&store);
        // The table requires unique event ids.
        let twice = || {
            writer.change::<(), StoreError>(Commit::WithOthers, &StoppedClock, |_, _| {
                let (entries, audit) = (vec![entry("one")], vec![event(), event()]);
                Ok(Decision::Append { entries, audit, made: None, notices: Vec::new(), outcome: () })
            })
        };
        let (first, second) = one_behind_another(&writer, twice);
        assert!(matches!(first, Err(StoreError::Together(_))), "{first:?}");
        assert!(second.is_err());
        assert_eq!(head(&store), before);
    }
}
