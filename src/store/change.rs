//! The one way to write: decide on the state at the head of the log, then commit state, log rows and audit events together.

use std::sync::{Mutex, PoisonError};

use claviger_contract::Position;
use diesel::r2d2::{Pool, PooledConnection, R2D2Connection};
use diesel::{Connection, RunQueryDsl};

use super::connection::{AnyConnection, Manager, POOL_WAIT, open};
use super::error::one_line;
use super::log::{Head, append, lock_head, move_head};
use super::session::CHANNEL;
use super::{Made, Session, StoreError, audit_chain, idempotency_keys, migrations, project};
use crate::domain::{AuditEvent, Consequences, DatabaseUrl, LogEntry, SealedBytes};

/// One writing connection, because writers follow one another anyway, and a few reading ones.
pub struct Store {
    url: DatabaseUrl,
    writer: Mutex<Option<AnyConnection>>,
    /// For what is found by its key, also while a writer waits for it: never kept busy by a list.
    readers: Pool<Manager>,
    /// For what people ask for, which may take long.
    lists: Pool<Manager>,
}

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

const READERS: u32 = 2;
const LISTS: u32 = 2;

/// The follower's, the writer's and that of upkeep beside them.
pub const CONNECTIONS_OF_A_SERVER: u32 = READERS + LISTS + 3;

enum Failure<E> {
    Decided(E),
    Store(StoreError),
}

impl<E> From<diesel::result::Error> for Failure<E> {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

impl<E> From<StoreError> for Failure<E> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Store {
    /// Brings the tables up to date first.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        migrations::bring_up_to_date(url)?;
        let pool = |most| {
            Pool::builder()
                .max_size(most)
                .min_idle(Some(0))
                .test_on_check_out(true)
                .connection_timeout(POOL_WAIT)
                .build_unchecked(Manager(url.clone()))
        };
        Ok(Self { url: url.clone(), writer: Mutex::new(None), readers: pool(READERS), lists: pool(LISTS) })
    }

    /// Whether several servers may answer from this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.url, DatabaseUrl::Postgres(_))
    }

    /// A connection that user work never uses, for following the log.
    pub fn session(&self) -> Result<Session, StoreError> {
        Session::open(&self.url)
    }

    /// `decide` sees the head of the log and must decide on exactly the state there. Whatever it refuses changes nothing.
    ///
    /// A `StoreError` may mean that the outcome of the commit is unknown: never answer it as done.
    pub fn change<T, E: From<StoreError>>(
        &self,
        decide: impl FnOnce(Head) -> Result<Decision<T>, E>,
    ) -> Result<Appended<T>, E> {
        // A panic in an earlier decision rolled its transaction back; the connection is checked below.
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // One that the database has given up meanwhile is no reason to refuse: nothing is decided yet.
        let mut connection = match slot.take().and_then(still_alive) {
            Some(connection) => connection,
            None => self.open_for_writing()?,
        };
        let result = connection.transaction(|connection| {
            let head = lock_head(connection)?;
            match decide(head).map_err(Failure::Decided)? {
                Decision::Nothing(outcome) => Ok(Appended { outcome, position: head.position }),
                Decision::Append { entries, audit, made, outcome } => {
                    let head = write(connection, head, &entries, &audit)?;
                    if let Some(made) = made {
                        idempotency_keys::insert(connection, &made)?;
                    }
                    Ok(Appended { outcome, position: head.position })
                }
            }
        });
        if !connection.is_broken() && !matches!(result, Err(Failure::Store(_))) {
            *slot = Some(connection);
        }
        result.map_err(|failure| match failure {
            Failure::Decided(error) => error,
            Failure::Store(error) => error.into(),
        })
    }

    /// For what is no part of the log. The first statement of `work` must be a write, which SQLite then waits its turn for.
    pub(super) fn write_beside_the_log<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = match slot.take() {
            Some(connection) => connection,
            None => self.open_for_writing()?,
        };
        let done = connection.transaction(work)?;
        *slot = Some(connection);
        Ok(done)
    }

    /// For upkeep, which decides nothing and writes no history: one transaction on a connection of its own, behind other writers.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        open(&self.url)?.transaction(work)
    }

    /// Whether an acknowledged commit is on another machine too, so that it survives the loss of this one.
    pub fn is_synchronous(&self) -> Result<bool, StoreError> {
        #[derive(diesel::QueryableByName)]
        struct Told {
            #[diesel(sql_type = diesel::sql_types::Bool)]
            synchronous: bool,
        }
        match &mut *self.reader()? {
            AnyConnection::Sqlite(_) => Ok(false),
            AnyConnection::Postgres(connection) => {
                let told = diesel::sql_query(
                    "SELECT current_setting('synchronous_standby_names') <> '' AND \
                     current_setting('synchronous_commit') IN ('on', 'remote_apply') AS synchronous",
                );
                Ok(told.get_result::<Told>(connection)?.synchronous)
            }
        }
    }

    fn open_for_writing(&self) -> Result<AnyConnection, StoreError> {
        let mut connection = open(&self.url)?;
        connection.never_idle_for_long_in_a_transaction()?;
        Ok(connection)
    }

    pub(super) fn reader(&self) -> Result<PooledConnection<Manager>, StoreError> {
        self.take_from(&self.readers)
    }

    pub(super) fn list_reader(&self) -> Result<PooledConnection<Manager>, StoreError> {
        self.take_from(&self.lists)
    }

    fn take_from(&self, pool: &Pool<Manager>) -> Result<PooledConnection<Manager>, StoreError> {
        pool.get().map_err(|error| match pool.state().connections == pool.max_size() {
            true => StoreError::Busy,
            false => StoreError::Unreachable { url: self.url.clone(), reason: one_line(&error.to_string()) },
        })
    }
}

fn still_alive(mut connection: AnyConnection) -> Option<AnyConnection> {
    let answers = match &connection {
        AnyConnection::Sqlite(_) => true,
        AnyConnection::Postgres(_) => connection.ping().is_ok(),
    };
    answers.then_some(connection)
}

/// The caller holds the lock on `head`.
pub(super) fn write(
    connection: &mut AnyConnection,
    mut head: Head,
    entries: &[Entry],
    audit: &[AuditEvent],
) -> Result<Head, StoreError> {
    for entry in entries {
        head = append(connection, head, &entry.log, audit.first().map(|event| event.at))?;
        project::project(connection, head.position, entry)?;
    }
    audit_chain::append(connection, audit)?;
    move_head(connection, head)?;
    if let AnyConnection::Postgres(connection) = connection {
        // Delivered when this is committed.
        diesel::sql_query(format!("NOTIFY {CHANNEL}")).execute(connection)?;
    }
    Ok(head)
}
