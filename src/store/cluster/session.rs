//! The connection of the log follower. User requests never use it.

use std::sync::Arc;
use std::time::Duration;

use diesel::Connection;
use diesel::RunQueryDsl;
use diesel::dsl::sql;
use diesel::r2d2::R2D2Connection;
use diesel::sql_types::BigInt;

use crate::crypto::LogHash;
use crate::store::cluster::nodes;
use crate::store::cluster::replication;
use crate::store::connection::{AnyConnection, Place};
use crate::store::database::Store;
use crate::store::deciding::assert_not_deciding;
use crate::store::error::StoreError;
use crate::store::error::one_line;
use crate::store::log::chains::CHANNEL;
use crate::store::log::head::{Head, read_head};
use crate::store::log::rows::{LogRow, find_hash, first_position, read_cluster, rows_after};
use crate::store::tables::load::{Loaded, load};
use crate::store::tables::signing_keys;
use claviger_contract::Position;
use claviger_domain::{DatabaseUrl, SealedBytes, ServingMember};

pub struct Session {
    connection: AnyConnection,
    place: Arc<Place>,
}

/// A follower that cannot write continues to read. The writer may wait for what the follower reads.
const WRITER_PATIENCE: Duration = Duration::from_millis(2);

/// Held in shared mode by every server of a PostgreSQL database while its session is open.
const SERVING_LOCK: i64 = 0x436c_6176_0002;

const ROWS_AT_ONCE: i64 = 1_000;

impl Store {
    /// A connection for following the log. User requests never use it.
    pub fn session(&self) -> Result<Session, StoreError> {
        assert_not_deciding();
        Session::open(&self.place)
    }
}

impl Session {
    /// For a command, which joins no servers.
    pub fn look(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Self::open(&Arc::new(Place::new(url)?))
    }

    fn open(place: &Arc<Place>) -> Result<Self, StoreError> {
        let mut session = Self { connection: place.open()?, place: place.clone() };
        if let Some(file) = place.file() {
            // SQLite creates its write-ahead log with the first statement.
            read_head(&mut session.connection)?;
            file.pin_log();
        }
        Ok(session)
    }

    /// Whether this is still the database that was opened. On SQLite the file may have been removed or replaced.
    pub fn check_place(&self) -> Result<(), StoreError> {
        self.place.check()
    }

    pub(in crate::store) fn connection(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }

    /// Whether no server runs on this database, and none starts while this session is open. On SQLite the file lock
    /// serves this purpose.
    pub fn take_serving_lock(&mut self) -> Result<bool, StoreError> {
        self.try_lock("pg_try_advisory_lock")
    }

    /// Registers a server before it reads anything; from here on other nodes wait for it. Returns `false` while another
    /// session excludes servers.
    pub fn join(&mut self, incarnation: &str, name: &str) -> Result<bool, StoreError> {
        if !self.try_lock("pg_try_advisory_lock_shared")? {
            return Ok(false);
        }
        match &mut self.connection {
            AnyConnection::Postgres(connection) => {
                diesel::sql_query(format!("LISTEN {CHANNEL}")).execute(connection)?;
                nodes::insert(&mut self.connection, incarnation, name)?;
            }
            AnyConnection::Sqlite(_) => {
                self.connection.never_wait_for_the_disk()?;
                // This server holds the lock on the file, so every other row belongs to a server that has died.
                self.connection.transaction(|connection| {
                    nodes::remove_all(connection)?;
                    nodes::insert(connection, incarnation, name)
                })?;
                self.connection.wait_for_writers(WRITER_PATIENCE)?;
            }
        }
        Ok(true)
    }

    fn try_lock(&mut self, function: &str) -> Result<bool, StoreError> {
        #[derive(diesel::QueryableByName)]
        struct Taken {
            #[diesel(sql_type = diesel::sql_types::Bool)]
            taken: bool,
        }
        match &mut self.connection {
            AnyConnection::Sqlite(_) => Ok(true),
            AnyConnection::Postgres(connection) => {
                let statement = format!("SELECT {function}({SERVING_LOCK}) AS taken");
                Ok(diesel::sql_query(statement).get_result::<Taken>(connection)?.taken)
            }
        }
    }

    /// Fails if the disk has no space for a write.
    pub fn check_space(&self) -> Result<(), StoreError> {
        self.place.check_space()
    }

    /// Writes the row, which fails if the database was replaced. Returns `None` if the server was evicted. The head is
    /// read after the write, in the same transaction.
    pub fn renew(&mut self, incarnation: &str, applied: Position) -> Result<Option<Head>, StoreError> {
        self.connection.transaction(|connection| match nodes::renew(connection, incarnation, applied)? {
            true => read_head(connection).map(Some),
            false => Ok(None),
        })
    }

    /// See `replication::is_replicated`.
    pub fn is_replicated(&mut self) -> Result<bool, StoreError> {
        replication::is_replicated(&mut self.connection)
    }

    pub fn note_applied(&mut self, incarnation: &str, applied: Position) -> Result<(), StoreError> {
        nodes::note_applied(&mut self.connection, incarnation, applied)
    }

    pub fn members(&mut self) -> Result<Vec<ServingMember>, StoreError> {
        nodes::list(&mut self.connection)
    }

    /// Each with the version of its program.
    pub fn members_and_versions(&mut self) -> Result<Vec<(ServingMember, String)>, StoreError> {
        nodes::list_with_versions(&mut self.connection)
    }

    /// Whether this server evicted the row: of several servers that try, one succeeds.
    pub fn evict(&mut self, seen: &ServingMember) -> Result<bool, StoreError> {
        self.connection.transaction(|connection| nodes::evict(connection, seen))
    }

    /// Whether a commit notification has arrived since the last call.
    pub fn has_heard(&mut self) -> Result<bool, StoreError> {
        match &mut self.connection {
            AnyConnection::Sqlite(_) => Ok(false),
            AnyConnection::Postgres(connection) => {
                let mut heard = false;
                for notification in connection.notifications_iter() {
                    // No statement was sent, so the connection itself failed.
                    notification
                        .map_err(|error| StoreError::BrokenOff { reason: one_line(&error.to_string()) })?;
                    heard = true;
                }
                Ok(heard)
            }
        }
    }

    /// The database's wall clock in milliseconds since the epoch; `None` on SQLite, which has no clock of its own.
    pub fn time_millis(&mut self) -> Result<Option<i64>, StoreError> {
        match &mut self.connection {
            AnyConnection::Sqlite(_) => Ok(None),
            AnyConnection::Postgres(connection) => {
                let now = sql::<BigInt>("(extract(epoch FROM clock_timestamp()) * 1000)::bigint");
                Ok(Some(diesel::select(now).get_result(connection)?))
            }
        }
    }

    /// Verifies that the session, and with it the lock, is alive.
    pub fn ping(&mut self) -> Result<(), StoreError> {
        Ok(self.connection.ping()?)
    }

    pub fn head(&mut self) -> Result<Head, StoreError> {
        read_head(&mut self.connection)
    }

    /// The cluster id. A restore assigns a new one.
    pub fn cluster(&mut self) -> Result<String, StoreError> {
        read_cluster(&mut self.connection)
    }

    /// The hash of a row, if it is still kept.
    pub fn find_hash(&mut self, position: Position) -> Result<Option<LogHash>, StoreError> {
        find_hash(&mut self.connection, position)
    }

    /// The first row that is still kept.
    pub fn first_position(&mut self) -> Result<Option<Position>, StoreError> {
        first_position(&mut self.connection)
    }

    pub fn rows_after(&mut self, head: Head) -> Result<Vec<LogRow>, StoreError> {
        rows_after(&mut self.connection, head, ROWS_AT_ONCE)
    }

    /// Loads all tables from one snapshot; returns its head.
    pub fn load(&mut self, loaded: &mut dyn Loaded) -> Result<Head, StoreError> {
        self.connection.transaction(|connection| {
            connection.read_as_of_now()?;
            load(connection, loaded)
        })
    }

    pub fn find_sealed_key(&mut self, kid: &str) -> Result<Option<SealedBytes>, StoreError> {
        signing_keys::find_sealed(&mut self.connection, kid)
    }

    pub fn leave(&mut self, incarnation: &str) -> Result<(), StoreError> {
        nodes::remove(&mut self.connection, incarnation)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(file) = self.place.file() {
            file.unpin_log();
        }
    }
}
