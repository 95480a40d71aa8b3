//! The connection of whoever follows the log. User work never uses it.

use diesel::Connection;
use diesel::RunQueryDsl;
use diesel::r2d2::R2D2Connection;

use super::connection::{AnyConnection, open};
use super::error::one_line;
use super::load::{Loaded, load};
use super::log::{Head, LogRow, find_hash, first_position, read_cluster, read_head, rows_after};
use super::{StoreError, nodes, signing_keys};
use crate::crypto::LogHash;
use crate::domain::{DatabaseUrl, SealedBytes, ServingMember};
use claviger_contract::Position;

pub struct Session {
    connection: AnyConnection,
}

/// Held, shared, by every server of a PostgreSQL database for as long as its session lives.
const SERVING_LOCK: i64 = 0x436c_6176_0002;

/// Every commit of a row of the log is told on this channel of PostgreSQL.
pub(super) const CHANNEL: &str = "claviger";

const ROWS_AT_ONCE: i64 = 1_000;

impl Session {
    pub(super) fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Ok(Self { connection: open(url)? })
    }

    /// Whether no server answers from this database, and none begins to as long as this session lives. On SQLite a locked
    /// file says so instead.
    pub fn take_serving_lock(&mut self) -> Result<bool, StoreError> {
        self.try_lock("pg_try_advisory_lock")
    }

    /// A server signs in, before it reads anything: from here on it is waited for. `false` while somebody wants no servers.
    pub fn join(&mut self, incarnation: &str, name: &str) -> Result<bool, StoreError> {
        if !self.try_lock("pg_try_advisory_lock_shared")? {
            return Ok(false);
        }
        if let AnyConnection::Postgres(connection) = &mut self.connection {
            diesel::sql_query(format!("LISTEN {CHANNEL}")).execute(connection)?;
        }
        nodes::insert(&mut self.connection, incarnation, name)?;
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

    /// A write, which a database that was replaced by another cannot finish; `None` where the server was signed out. The
    /// head is read after it, in the same transaction.
    pub fn renew(&mut self, incarnation: &str, applied: Position) -> Result<Option<Head>, StoreError> {
        self.connection.transaction(|connection| match nodes::renew(connection, incarnation, applied)? {
            true => read_head(connection).map(Some),
            false => Ok(None),
        })
    }

    pub fn note_applied(&mut self, incarnation: &str, applied: Position) -> Result<(), StoreError> {
        nodes::note_applied(&mut self.connection, incarnation, applied)
    }

    pub fn members(&mut self) -> Result<Vec<ServingMember>, StoreError> {
        nodes::list(&mut self.connection)
    }

    /// Whether it was this server that did it: of several who see the same, one does.
    pub fn evict(&mut self, seen: &ServingMember) -> Result<bool, StoreError> {
        self.connection.transaction(|connection| nodes::evict(connection, seen))
    }

    /// Whether somebody has told of a commit since this was asked before.
    pub fn has_heard(&mut self) -> Result<bool, StoreError> {
        match &mut self.connection {
            AnyConnection::Sqlite(_) => Ok(false),
            AnyConnection::Postgres(connection) => {
                let mut heard = false;
                for notification in connection.notifications_iter() {
                    // No statement was sent: what fails is the connection.
                    notification
                        .map_err(|error| StoreError::BrokenOff { reason: one_line(&error.to_string()) })?;
                    heard = true;
                }
                Ok(heard)
            }
        }
    }

    /// Proves that the session, and with it the lock, is alive.
    pub fn ping(&mut self) -> Result<(), StoreError> {
        Ok(self.connection.ping()?)
    }

    pub fn head(&mut self) -> Result<Head, StoreError> {
        read_head(&mut self.connection)
    }

    /// Which life of the data this is.
    pub fn cluster(&mut self) -> Result<String, StoreError> {
        read_cluster(&mut self.connection)
    }

    /// The hash of a row that is still kept.
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

    /// Everything as of one moment; returns the head of that moment.
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
