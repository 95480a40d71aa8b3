//! The connection of whoever follows the log. User work never uses it.

use diesel::Connection;
use diesel::RunQueryDsl;
use diesel::r2d2::R2D2Connection;
use diesel::sql_types::Bool;

use super::connection::{AnyConnection, open};
use super::load::{Loaded, load};
use super::log::{Head, LogRow, read_head, rows_after};
use super::{StoreError, nodes, signing_keys};
use crate::domain::{DatabaseUrl, SealedBytes};

pub struct Session {
    connection: AnyConnection,
}

/// Held by the one server of a PostgreSQL database for as long as its session lives.
const SERVING_LOCK: i64 = 0x436c_6176_0002;

const ROWS_AT_ONCE: i64 = 1_000;

#[derive(diesel::QueryableByName)]
struct Taken {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

impl Session {
    pub(super) fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        Ok(Self { connection: open(url)? })
    }

    /// Whether this session is now the only one that serves. On SQLite a locked file says so instead.
    pub fn take_serving_lock(&mut self) -> Result<bool, StoreError> {
        match &mut self.connection {
            AnyConnection::Sqlite(_) => Ok(true),
            AnyConnection::Postgres(connection) => {
                let statement = format!("SELECT pg_try_advisory_lock({SERVING_LOCK}) AS taken");
                Ok(diesel::sql_query(statement).get_result::<Taken>(connection)?.taken)
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

    /// Takes the place of every server before, and names those that did not leave properly.
    pub fn take_over(&mut self, incarnation: &str, name: &str) -> Result<Vec<String>, StoreError> {
        let predecessors = nodes::names(&mut self.connection)?;
        nodes::replace_all_by(&mut self.connection, incarnation, name)?;
        Ok(predecessors)
    }

    /// Names of the servers that are signed in, or went without signing off.
    pub fn nodes(&mut self) -> Result<Vec<String>, StoreError> {
        nodes::names(&mut self.connection)
    }

    pub fn leave(&mut self, incarnation: &str) -> Result<(), StoreError> {
        nodes::remove(&mut self.connection, incarnation)
    }
}
