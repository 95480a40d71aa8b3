//! The connection to the table, and the signal that something may be due.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::connection::SimpleConnection;

use crate::store::connection::{AnyConnection, Place};
use crate::store::deciding::assert_not_deciding;
use crate::store::error::StoreError;

/// Each statement is its own transaction, so a server that is stopped between two leaves no row locked. None waits for
/// the disk: a row that a crash of the database loses or returns to an earlier state is done once more.
pub struct Jobs {
    place: Arc<Place>,
    /// Opened when it is first needed, and again after a failure.
    connection: Mutex<Option<AnyConnection>>,
    woken: Mutex<bool>,
    wakes: Condvar,
}

/// In milliseconds. A statement that waits longer fails, and is tried again.
const PATIENCE: &str = "SET synchronous_commit = off; SET lock_timeout = 2000; SET statement_timeout = 5000";

impl Jobs {
    pub(in crate::store) fn new(place: Arc<Place>) -> Self {
        Self { place, connection: Mutex::new(None), woken: Mutex::new(false), wakes: Condvar::new() }
    }

    /// Ends a [`Self::wait`] of this server.
    pub fn wake(&self) {
        *lock(&self.woken) = true;
        self.wakes.notify_all();
    }

    /// Until this server is woken, or for `at_most`. Other servers learn of new jobs only by looking.
    pub fn wait(&self, at_most: Duration) {
        let woken = lock(&self.woken);
        let waited = self.wakes.wait_timeout_while(woken, at_most, |woken| !*woken);
        let (mut woken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *woken = false;
    }

    /// Never while an act is decided.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        assert_not_deciding();
        let mut kept = lock(&self.connection);
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => self.open()?,
        };
        // SQLite: the file may have been replaced since.
        self.place.check()?;
        let done = work(&mut connection);
        if done.is_ok() {
            *kept = Some(connection);
        }
        done
    }

    fn open(&self) -> Result<AnyConnection, StoreError> {
        let mut connection = self.place.open()?;
        connection.never_wait_for_the_disk()?;
        if let AnyConnection::Postgres(connection) = &mut connection {
            connection.batch_execute(PATIENCE)?;
        }
        Ok(connection)
    }
}

/// Poisoning is ignored: a holder that panicked left a consistent value.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a statement whose parameters are numbered and first occur in their order, on either database.
macro_rules! execute {
    ($connection:expr, $sql:expr, $($type:ty: $value:expr),+ $(,)?) => {
        match $connection {
            $crate::store::connection::AnyConnection::Sqlite(connection) => diesel::RunQueryDsl::execute(
                diesel::sql_query($sql)$(.bind::<$type, _>($value))+, connection
            ),
            $crate::store::connection::AnyConnection::Postgres(connection) => diesel::RunQueryDsl::execute(
                diesel::sql_query($sql)$(.bind::<$type, _>($value))+, connection
            ),
        }
    };
}

pub(super) use execute;
