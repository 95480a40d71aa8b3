//! The one way to write: decide on the state at the head of the log, then commit state, log rows and audit events together.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claviger_contract::Position;
use diesel::Connection;
use diesel::connection::TransactionManager;
use diesel::r2d2::R2D2Connection;

use super::chains::Chains;
use super::connection::{AnyConnection, open};
use super::log::Head;
use super::{Made, StoreError, idempotency_keys};
use crate::domain::{AuditEvent, Clock, Consequences, DatabaseUrl, LogEntry, SealedBytes};

type Transactions = <AnyConnection as Connection>::TransactionManager;

/// One log row, and what the tables need besides what it says.
pub struct Entry {
    pub log: LogEntry,
    pub consequences: Consequences,
    /// The private half that goes with `Change::SigningKeyPut`: kept out of the log, because sealing keys change.
    pub sealed_key: Option<SealedBytes>,
}

pub enum Decision<T> {
    Append {
        entries: Vec<Entry>,
        audit: Vec<AuditEvent>,
        made: Option<Made>,
        outcome: T,
    },
    /// Nothing is to be done: no row, no audit event.
    Nothing(T),
}

pub struct Appended<T> {
    pub outcome: T,
    /// Of the last row that was written, or of the head if none was.
    pub position: Position,
}

/// Whether an act may stand in one transaction with others, those before it and those behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    Alone,
    /// For what is decided without reading a table: none shows yet what earlier acts of the same transaction wrote.
    WithOthers,
}

/// What an act is decided on.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// The end of the log, as earlier acts of the same transaction have left it.
    pub head: Head,
    /// Up to here everybody can read it.
    pub committed: Position,
    /// Of this process, and never used again.
    pub transaction: u64,
}

/// Nobody's answer waits for more acts than these behind it, nor do other nodes for longer than this before the last of them,
/// however far the database is from here.
const MOST_TOGETHER: usize = 64;
const LONGEST_TOGETHER: Duration = Duration::from_millis(50);

/// Writers follow one another, so that one connection is enough. Those who wait for their turn may find the transaction of
/// the one before them still open, and go on in it: one commit, and one wait for the disk, then serves them all.
pub struct Writer {
    url: DatabaseUrl,
    slot: Mutex<Slot>,
    /// Who will take the slot for certain.
    waiting: AtomicUsize,
    transactions: AtomicU64,
}

#[derive(Default)]
struct Slot {
    connection: Option<AnyConnection>,
    /// Left by one who saw others waiting: the last of them commits it.
    open: Option<Open>,
}

/// A transaction that holds the lock on the head of the log.
struct Open {
    connection: AnyConnection,
    number: u64,
    /// On the boot clock.
    begun: Duration,
    acts: usize,
    committed: Position,
    chains: Chains,
    wrote: bool,
    outcome: Teller,
}

impl Writer {
    pub fn new(url: DatabaseUrl) -> Self {
        let (waiting, transactions) = (AtomicUsize::new(0), AtomicU64::new(0));
        Self { url, slot: Mutex::default(), waiting, transactions }
    }

    /// `decide` sees the head of the log and must decide on exactly the state there. Whatever it refuses changes nothing.
    ///
    /// A `StoreError` may mean that the outcome of the commit is unknown: never answer it as done.
    pub fn change<T, E: From<StoreError>>(
        &self,
        commit: Commit,
        clock: &dyn Clock,
        decide: impl FnOnce(Turn) -> Result<Decision<T>, E>,
    ) -> Result<Appended<T>, E> {
        let mut slot = self.take_turn();
        if commit == Commit::Alone {
            slot.finish_open();
        }
        let mut open = match slot.open.take() {
            Some(open) => open,
            None => self.begin(&mut slot, clock)?,
        };
        let decided = match open.go_on(decide) {
            Ok(decided) => decided,
            // Nothing of the whole transaction is kept: all whose acts it holds are told the same.
            Err(error) => return Err(open.outcome.fail(error).into()),
        };
        let outcome = open.outcome.0.clone();
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
        // Whoever panicked had taken out what it worked on.
        let slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        slot
    }

    fn begin(&self, slot: &mut Slot, clock: &dyn Clock) -> Result<Open, StoreError> {
        // One that the database has given up meanwhile is no reason to refuse: nothing is decided yet.
        let begun = slot.connection.take().and_then(|connection| lock_head(connection).ok());
        let (connection, chains) = match begun {
            Some(begun) => begun,
            None => lock_head(self.connect()?)?,
        };
        let number = self.transactions.fetch_add(1, Ordering::Relaxed);
        let (acts, committed, outcome) = (0, chains.head.position, Teller::default());
        Ok(Open {
            connection,
            number,
            begun: clock.since_boot(),
            acts,
            committed,
            chains,
            wrote: false,
            outcome,
        })
    }

    fn connect(&self) -> Result<AnyConnection, StoreError> {
        let mut connection = open(&self.url)?;
        connection.never_idle_for_long_in_a_transaction()?;
        Ok(connection)
    }
}

fn lock_head(mut connection: AnyConnection) -> Result<(AnyConnection, Chains), StoreError> {
    Transactions::begin_transaction(&mut connection)?;
    let chains = Chains::lock(&mut connection)?;
    Ok((connection, chains))
}

impl Slot {
    fn finish_open(&mut self) {
        if let Some(open) = self.open.take() {
            self.finish(open);
        }
    }

    fn finish(&mut self, open: Open) {
        let Open { mut connection, chains, wrote, outcome, .. } = open;
        let ended = if wrote {
            let settled = chains.settle(&mut connection);
            settled.and_then(|()| Ok(Transactions::commit_transaction(&mut connection)?))
        } else {
            Transactions::rollback_transaction(&mut connection).map_err(StoreError::from)
        };
        if ended.is_ok() && !connection.is_broken() {
            self.connection = Some(connection);
        }
        match ended {
            Err(error) if wrote => drop(outcome.fail(error)),
            _ => outcome.tell(Ok(())),
        }
    }
}

impl Open {
    fn has_room(&self, clock: &dyn Clock) -> bool {
        self.acts < MOST_TOGETHER && clock.since_boot() < self.begun + LONGEST_TOGETHER
    }

    /// The outer error is the database's: nothing can be committed any more.
    fn go_on<T, E>(
        &mut self,
        decide: impl FnOnce(Turn) -> Result<Decision<T>, E>,
    ) -> Result<Result<Appended<T>, E>, StoreError> {
        self.acts += 1;
        let turn = Turn { head: self.chains.head, committed: self.committed, transaction: self.number };
        let outcome = match decide(turn) {
            Err(refused) => return Ok(Err(refused)),
            Ok(Decision::Nothing(outcome)) => outcome,
            Ok(Decision::Append { entries, audit, made, outcome }) => {
                self.wrote = true;
                self.chains.append(&mut self.connection, &entries, &audit)?;
                if let Some(made) = made {
                    idempotency_keys::insert(&mut self.connection, &made)?;
                }
                outcome
            }
        };
        Ok(Ok(Appended { outcome, position: self.chains.head.position }))
    }
}

/// How a transaction has ended, for all whose acts it holds.
#[derive(Default)]
struct Outcome {
    told: Mutex<Option<Result<(), Arc<StoreError>>>>,
    changed: Condvar,
}

impl Outcome {
    fn wait(&self) -> Result<(), StoreError> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told =
            self.changed.wait_while(told, |told| told.is_none()).unwrap_or_else(PoisonError::into_inner);
        match &*told {
            Some(Err(error)) => Err(StoreError::Together(error.clone())),
            _ => Ok(()),
        }
    }
}

/// Tells it once; a transaction that is dropped, because a decision in it panicked, has failed.
#[derive(Default)]
struct Teller(Arc<Outcome>);

impl Teller {
    fn tell(&self, outcome: Result<(), Arc<StoreError>>) {
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.get_or_insert(outcome);
        self.0.changed.notify_all();
    }

    fn fail(&self, error: StoreError) -> StoreError {
        let error = Arc::new(error);
        self.tell(Err(error.clone()));
        StoreError::Together(error)
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        let reason = "an act of the same transaction ended early".to_owned();
        self.tell(Err(Arc::new(StoreError::BrokenOff { reason })));
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    use claviger_contract::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::domain::Change;
    use crate::store::{Head, Store};

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_epoch_seconds(1_000_000_000)
        }

        fn since_epoch(&self) -> Duration {
            Duration::from_secs(1_000_000_000)
        }

        fn since_boot(&self) -> Duration {
            Duration::ZERO
        }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let url = DatabaseUrl::Sqlite(folder.path().join("claviger.db"));
        let store = Store::open(&url).expect("a store");
        (folder, store)
    }

    fn entry(jti: &str) -> Entry {
        let change = Change::TokenRevoked {
            jti: jti.into(),
            client_id: Uuid::nil(),
            expires_at: Timestamp::from_epoch_seconds(2_000_000_000),
        };
        let log = LogEntry { realm: "main".parse().expect("a realm"), change };
        Entry { log, consequences: Consequences::default(), sealed_key: None }
    }

    fn row(turn: Turn) -> Decision<Turn> {
        let entries = vec![entry(&turn.head.position.to_string())];
        Decision::Append { entries, audit: Vec::new(), made: None, outcome: turn }
    }

    fn head(store: &Store) -> Head {
        store.session().and_then(|mut session| session.head()).expect("a head")
    }

    /// One act that is decided when `behind` is waiting for its turn, and what became of both.
    fn one_behind_another<T: Send>(
        store: &Store,
        behind: impl FnOnce() -> T + Send,
    ) -> (Result<Turn, StoreError>, T) {
        thread::scope(|scope| {
            let (deciding, decides) = std::sync::mpsc::channel();
            let first = scope.spawn(move || {
                let appended = store.change::<Turn, StoreError>(Commit::WithOthers, &Still, |turn| {
                    deciding.send(()).expect("somebody listens");
                    while store.writer.waiting.load(Ordering::SeqCst) == 0 {
                        thread::yield_now();
                    }
                    Ok(row(turn))
                });
                appended.map(|appended| appended.outcome)
            });
            decides.recv().expect("the first is being decided");
            let behind = behind();
            (first.join().expect("the first has ended"), behind)
        })
    }

    fn act(store: &Store, commit: Commit) -> Result<Turn, StoreError> {
        store.change(commit, &Still, |turn| Ok(row(turn))).map(|appended| appended.outcome)
    }

    #[test]
    fn who_waits_goes_on_in_the_transaction_of_the_one_before() {
        let (_folder, store) = store();
        let (first, second) = one_behind_another(&store, || act(&store, Commit::WithOthers));
        let (first, second) = (first.expect("written"), second.expect("written"));
        assert_eq!(first.transaction, second.transaction);
        assert_eq!((first.head.position, second.head.position), (Position::ZERO, Position::new(1)));
        assert_eq!(second.committed, Position::ZERO);
        assert_eq!(head(&store).position, Position::new(2));
        let third = act(&store, Commit::WithOthers).expect("written");
        assert_ne!(third.transaction, second.transaction);
        assert_eq!(third.committed, Position::new(2));
    }

    #[test]
    fn who_reads_tables_finds_everything_committed() {
        let (_folder, store) = store();
        let (first, second) = one_behind_another(&store, || act(&store, Commit::Alone));
        let (first, second) = (first.expect("written"), second.expect("written"));
        assert_ne!(first.transaction, second.transaction);
        assert_eq!((second.committed, second.head.position), (Position::new(1), Position::new(1)));
    }

    #[test]
    fn who_is_refused_takes_nobody_along() {
        let (_folder, store) = store();
        let refuse = || store.change::<(), StoreError>(Commit::WithOthers, &Still, |_| Err(StoreError::Busy));
        let (first, second) = one_behind_another(&store, refuse);
        assert!(first.is_ok());
        assert!(matches!(second.map(|appended| appended.position), Err(StoreError::Busy)));
        assert_eq!(head(&store).position, Position::new(1));
    }

    #[test]
    fn nobody_is_told_that_it_is_done_when_the_transaction_is_lost() {
        let (_folder, store) = store();
        let before = head(&store);
        let panics = || {
            let decide = |_| -> Result<Decision<()>, StoreError> { panic!("a decision ends early") };
            catch_unwind(AssertUnwindSafe(|| store.change(Commit::WithOthers, &Still, decide).is_ok()))
        };
        let (first, second) = one_behind_another(&store, panics);
        assert!(second.is_err());
        assert!(matches!(first, Err(StoreError::Together(_))), "{first:?}");
        assert_eq!(head(&store), before);
        act(&store, Commit::WithOthers).expect("the next one is written");
    }

    #[test]
    fn what_the_database_refuses_is_told_to_all_in_the_transaction() {
        let (_folder, store) = store();
        let before = head(&store);
        // The table allows one.
        let twice = || {
            store.change::<(), StoreError>(Commit::WithOthers, &Still, |_| {
                let entries = vec![entry("the same"), entry("the same")];
                Ok(Decision::Append { entries, audit: Vec::new(), made: None, outcome: () })
            })
        };
        let (first, second) = one_behind_another(&store, twice);
        assert!(matches!(first, Err(StoreError::Together(_))), "{first:?}");
        assert!(second.is_err());
        assert_eq!(head(&store), before);
    }
}
