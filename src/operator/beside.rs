//! Runs a command beside a server: the command returns when the server has applied its changes.

use std::time::Duration;

use claviger_contract::Position;

use crate::config::Settings;
use crate::replication::{DatabaseLock, ServingLock, ServingLockError};
use crate::serve::ServeError;
use crate::serve::system_sources;
use crate::store::Store;

/// A ready server applies a row within a fraction of a second.
const APPLIED_WITHIN: Duration = Duration::from_secs(10);

/// On PostgreSQL the barrier waits for silent servers, if access was restricted.
const SEEN_WITHIN: Duration = Duration::from_millis(500);

const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// The number of attempts: between its two locks a server does nothing else.
const STARTS_WITHIN: u32 = 100;

/// The servers of one database, as another process sees them.
pub struct Beside {
    /// The lock of an SQLite database.
    lock: Option<DatabaseLock>,
}

impl Beside {
    /// Call this before opening the database. It refuses a database file that the server does not use.
    pub fn look(settings: &Settings) -> Result<Self, ServeError> {
        let Some(path) = settings.database_url.sqlite_path() else { return Ok(Self { lock: None }) };
        let mut lock = None;
        for _ in 0..STARTS_WITHIN {
            if lock.is_none() && path.exists() {
                lock = Some(DatabaseLock::open(path)?);
            }
            let is_served = lock.as_ref().map_or(Ok(false), |lock| lock.is_free().map(|is_free| !is_free))?;
            if is_served || !ServingLock::is_held(&settings.data_dir)? {
                if let Some(lock) = &lock {
                    lock.refuse_other_name(path)?;
                }
                return Ok(Self { lock });
            }
            // A server takes the lock on the folder first.
            pause();
        }
        let (folder, database) = (settings.data_dir.clone(), path.to_owned());
        Err(ServingLockError::OtherDatabase { folder, database }.into())
    }

    /// On SQLite, whether a server or a restore holds the lock on the file.
    pub fn is_served(&self) -> Result<bool, ServeError> {
        match &self.lock {
            Some(lock) => Ok(!lock.is_free()?),
            None => Ok(false),
        }
    }

    /// Returns when the server has applied everything written so far, or when no server runs. On SQLite the only other
    /// outcome is an error, because no lease can be waited out.
    pub fn wait(&self, settings: &Settings) -> Result<(), ServeError> {
        let mut session = Store::open(&settings.database_url)?.session()?;
        let position = session.head()?.position;
        let is_sqlite = settings.database_url.sqlite_path().is_some();
        let at_most = if is_sqlite { APPLIED_WITHIN } else { SEEN_WITHIN };
        let clock = system_sources().clock;
        let until = clock.since_boot() + at_most;
        // The command may have created the database.
        let created = if is_sqlite && self.lock.is_none() { Self::look(settings)?.lock } else { None };
        let lock = self.lock.or(created);
        loop {
            // A server that starts from now on reads the changes.
            if let Some(lock) = &lock
                && lock.is_free()?
            {
                return Ok(());
            }
            let members = session.members()?;
            let has_applied = members.iter().all(|member| member.applied >= position);
            // A server that has just taken the lock has no row yet.
            if has_applied && (!is_sqlite || !members.is_empty()) {
                return Ok(());
            }
            if clock.since_boot() >= until {
                return if is_sqlite { Err(not_applied(position)) } else { Ok(()) };
            }
            pause();
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server reports its progress only in the database and by its locks"
)]
fn pause() {
    std::thread::sleep(BETWEEN_LOOKS);
}

fn not_applied(position: Position) -> ServeError {
    ServeError::NotApplied { position, within: APPLIED_WITHIN }
}
