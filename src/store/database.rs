//! The database: its address, and the pools of connections for reading.

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, LazyLock};
use std::thread::Builder;
use std::time::Duration;

use diesel::Connection;
use diesel::r2d2::{Pool, PooledConnection};
use scheduled_thread_pool::ScheduledThreadPool;

use crate::store::connection::{AnyConnection, Manager, POOL_WAIT, Place};
use crate::store::deciding::assert_not_deciding;
use crate::store::error::StoreError;
use crate::store::error::one_line;
use crate::store::jobs::Jobs;
use claviger_domain::DatabaseUrl;

pub struct Store {
    pub(super) place: Arc<Place>,
    /// For lookups by key. Lists never occupy these connections.
    readers: Pool<Manager>,
    /// For queries of administrators, which may take long.
    lists: Pool<Manager>,
    jobs: Jobs,
}

/// How long an operation waits for optional data: enough to open a connection.
const OPTIONAL_WAIT: Duration = Duration::from_millis(250);

const READERS: u32 = 2;
const LISTS: u32 = 2;

/// The threads that open connections for all pools: one for each connection, so that none waits for another. By default
/// each pool has three of its own.
static OPENERS: LazyLock<Arc<ScheduledThreadPool>> = LazyLock::new(|| {
    Arc::new(
        ScheduledThreadPool::builder()
            .num_threads((READERS + LISTS) as usize)
            .thread_name_pattern("connect {}")
            .build(),
    )
});

/// All connections of a server: the pools, and those of the follower, the two of the writer, usage counting, maintenance,
/// jobs and verifiers.
pub const CONNECTIONS_OF_A_SERVER: u32 = READERS + LISTS + 7;

impl Store {
    /// The tables must be up to date.
    pub(super) fn of(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let place = Arc::new(Place::new(url)?);
        let pool = |most| {
            Pool::builder()
                .max_size(most)
                .min_idle(Some(0))
                .test_on_check_out(true)
                .connection_timeout(POOL_WAIT)
                .thread_pool(OPENERS.clone())
                .build_unchecked(Manager(place.clone()))
        };
        let (readers, lists) = (pool(READERS), pool(LISTS));
        let jobs = Jobs::new(place.clone());
        Ok(Self { place, readers, lists, jobs })
    }

    /// Whether several servers may answer from this database.
    pub fn is_shared(&self) -> bool {
        self.place.is_shared()
    }

    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// For maintenance that decides nothing and writes no history. Uses one transaction on its own connection, behind
    /// other writers.
    pub(super) fn write<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        assert_not_deciding();
        self.place.open()?.transaction(work)
    }

    pub(super) fn reader(&self) -> Result<PooledConnection<Manager>, StoreError> {
        self.take_from(&self.readers)
    }

    pub(super) fn list_reader(&self) -> Result<PooledConnection<Manager>, StoreError> {
        self.take_from(&self.lists)
    }

    /// For optional data: `None` if the query fails or takes too long.
    ///
    /// Runs on its own thread, because a statement may wait for a lock or for the network. It takes no connection from
    /// lookups by key.
    pub(super) fn read_optional<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    ) -> Option<T> {
        assert_not_deciding();
        let (answer, answered) = sync_channel(1);
        let store = self.clone();
        let asking = move || {
            let connection = store.lists.get_timeout(OPTIONAL_WAIT);
            // The caller may have given up.
            let _ = answer.send(connection.ok().and_then(|mut connection| read(&mut connection).ok()));
        };
        Builder::new().name("optional read".to_owned()).spawn(asking).ok()?;
        answered.recv_timeout(OPTIONAL_WAIT).ok()?
    }

    /// Never while an act is decided: its reads go through `TablesAtHead`.
    fn take_from(&self, pool: &Pool<Manager>) -> Result<PooledConnection<Manager>, StoreError> {
        assert_not_deciding();
        pool.get().map_err(|error| match pool.state().connections == pool.max_size() {
            true => StoreError::Busy,
            false => {
                StoreError::Unreachable { url: self.place.url.clone(), reason: one_line(&error.to_string()) }
            }
        })
    }
}
