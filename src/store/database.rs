//! The database: one connection to write, and a few to read.

use diesel::Connection;
use diesel::r2d2::{Pool, PooledConnection};

use super::connection::{AnyConnection, Manager, POOL_WAIT, open};
use super::error::one_line;
use super::writer::Writer;
use super::{Appended, Commit, Decision, Session, StoreError, Turn, migrations};
use crate::domain::{Clock, DatabaseUrl};

pub struct Store {
    pub(super) url: DatabaseUrl,
    pub(super) writer: Writer,
    /// For what is found by its key, also while a writer waits for it: never kept busy by a list.
    readers: Pool<Manager>,
    /// For what people ask for, which may take long.
    lists: Pool<Manager>,
}

const READERS: u32 = 2;
const LISTS: u32 = 2;

/// The follower's, the writer's, and those of counting and of upkeep beside them.
pub const CONNECTIONS_OF_A_SERVER: u32 = READERS + LISTS + 4;

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
        Ok(Self {
            url: url.clone(),
            writer: Writer::new(url.clone()),
            readers: pool(READERS),
            lists: pool(LISTS),
        })
    }

    /// Whether several servers may answer from this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.url, DatabaseUrl::Postgres(_))
    }

    /// A connection that user work never uses, for following the log.
    pub fn session(&self) -> Result<Session, StoreError> {
        Session::open(&self.url)
    }

    /// See `Writer::change`.
    pub fn change<T, E: From<StoreError>>(
        &self,
        commit: Commit,
        clock: &dyn Clock,
        decide: impl FnOnce(Turn) -> Result<Decision<T>, E>,
    ) -> Result<Appended<T>, E> {
        self.writer.change(commit, clock, decide)
    }

    /// For upkeep, which decides nothing and writes no history: one transaction on a connection of its own, behind other writers.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        open(&self.url)?.transaction(work)
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
