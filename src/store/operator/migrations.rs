//! Runs migrations, one process at a time, and reports their state.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, sql_query};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use rustix::fs::{FlockOperation, flock};

use crate::store::audit::chain;
use crate::store::connection::{AnyConnection, open};
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::tables::grant_sets;
use claviger_domain::DatabaseUrl;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// An arbitrary number that no other advisory lock on this database uses.
const MIGRATION_LOCK: i64 = 0x436c_6176_0001;

/// Compares the tables' migrations with this program's, by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationState {
    pub applied: Vec<String>,
    pub pending: Vec<String>,
    /// Migrations of a newer program.
    pub unknown: Vec<String>,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

impl MigrationState {
    /// A schema of a newer program must not be written or read.
    pub fn refuse_newer(&self) -> Result<(), StoreError> {
        match self.unknown.last() {
            None => Ok(()),
            Some(version) => Err(StoreError::Newer { version: version.clone() }),
        }
    }

    pub fn refuse_pending(&self) -> Result<(), StoreError> {
        self.refuse_newer()?;
        match self.pending.first() {
            None => Ok(()),
            Some(version) => Err(StoreError::Older { version: version.clone() }),
        }
    }
}

/// The numbers of this program's migrations, in order.
pub fn known() -> Result<Vec<String>, StoreError> {
    let migrations = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).map_err(failed)?;
    let mut versions: Vec<String> =
        migrations.iter().map(|migration| migration.name().version().to_string()).collect();
    versions.sort();
    Ok(versions)
}

/// Writes nothing.
pub fn state(connection: &mut AnyConnection) -> Result<MigrationState, StoreError> {
    let exists = match connection {
        AnyConnection::Sqlite(_) => {
            "SELECT name AS version FROM sqlite_master WHERE name = '__diesel_schema_migrations'"
        }
        AnyConnection::Postgres(_) => {
            "SELECT tablename::text AS version FROM pg_tables \
             WHERE schemaname = current_schema() AND tablename = '__diesel_schema_migrations'"
        }
    };
    let known = known()?;
    let mut applied = Vec::new();
    if !versions(connection, exists)?.is_empty() {
        applied = versions(connection, "SELECT version FROM __diesel_schema_migrations ORDER BY version")?;
    }
    Ok(MigrationState {
        pending: known.iter().filter(|version| !applied.contains(version)).cloned().collect(),
        unknown: applied.iter().filter(|version| !known.contains(version)).cloned().collect(),
        applied,
    })
}

impl Store {
    /// Runs pending migrations first.
    pub fn open(url: &DatabaseUrl) -> Result<Self, StoreError> {
        bring_up_to_date(url)?;
        Self::of(url)
    }
}

pub fn bring_up_to_date(url: &DatabaseUrl) -> Result<(), StoreError> {
    let mut connection = open(url)?;
    let _lock = lock(&mut connection, url)?;
    let state = state(&mut connection)?;
    state.refuse_newer()?;
    if state.applied.is_empty() {
        // Creates all tables in one transaction: one commit instead of one per migration.
        return connection.transaction(run_pending);
    }
    run_pending(&mut connection)
}

/// Also works within a transaction, which then includes the migrations.
pub fn run_pending(connection: &mut AnyConnection) -> Result<(), StoreError> {
    match connection {
        AnyConnection::Sqlite(connection) => run(connection, SQLITE)?,
        AnyConnection::Postgres(connection) => run(connection, POSTGRES)?,
    }
    grant_sets::add_missing_digests(connection)?;
    chain::chain_older_events(connection)
}

/// Reverts empty tables to an earlier migration, to insert rows of that version.
pub fn go_back_to(url: &DatabaseUrl, version: &str) -> Result<(), StoreError> {
    let mut connection = open(url)?;
    let _lock = lock(&mut connection, url)?;
    match &mut connection {
        AnyConnection::Sqlite(connection) => revert(connection, &SQLITE, version),
        AnyConnection::Postgres(connection) => revert(connection, &POSTGRES, version),
    }
}

/// Held while the returned value and the connection exist.
fn lock(connection: &mut AnyConnection, url: &DatabaseUrl) -> Result<Option<File>, StoreError> {
    match (connection, url) {
        (AnyConnection::Postgres(connection), _) => {
            connection.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
            Ok(None)
        }
        (AnyConnection::Sqlite(_), DatabaseUrl::Sqlite(path)) => {
            // Beside the resolved file, so that every path leads to the same lock.
            let path = path.canonicalize().unwrap_or_else(|_| path.clone()).with_extension("migrating");
            let failed = |source| StoreError::File { path: path.display().to_string(), source };
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).write(true).mode(0o600);
            let lock = options.open(&path).map_err(failed)?;
            flock(&lock, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
            Ok(Some(lock))
        }
        (AnyConnection::Sqlite(_), DatabaseUrl::Postgres(_)) => Ok(None),
    }
}

fn run<DB: Backend>(
    connection: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> Result<(), StoreError> {
    connection.run_pending_migrations(migrations).map(|_| ()).map_err(failed)
}

fn revert<DB: Backend>(
    connection: &mut impl MigrationHarness<DB>,
    migrations: &EmbeddedMigrations,
    version: &str,
) -> Result<(), StoreError> {
    let mut all = MigrationSource::<DB>::migrations(migrations).map_err(failed)?;
    all.sort_by_key(|migration| migration.name().version().to_string());
    let later =
        all.iter().rev().filter(|migration| migration.name().version().to_string().as_str() > version);
    for migration in later {
        connection.revert_migration(migration).map_err(failed)?;
    }
    Ok(())
}

fn versions(connection: &mut AnyConnection, sql: &str) -> Result<Vec<String>, StoreError> {
    let rows = match connection {
        AnyConnection::Sqlite(connection) => sql_query(sql).load::<Version>(connection)?,
        AnyConnection::Postgres(connection) => sql_query(sql).load::<Version>(connection)?,
    };
    Ok(rows.into_iter().map(|row| row.version).collect())
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    StoreError::Migration(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As when a restore reads a backup of an older program.
    #[test]
    fn empty_tables_go_back_to_an_earlier_migration_and_forward_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = DatabaseUrl::Sqlite(folder.path().join("claviger.db"));
        let applied = || {
            let mut connection = open(&url).expect("a database");
            state(&mut connection).expect("a state").applied
        };
        bring_up_to_date(&url).expect("tables");
        assert_eq!(applied(), known().expect("migrations"));
        go_back_to(&url, "0001").expect("the way back");
        assert_eq!(applied(), ["0001"]);
        bring_up_to_date(&url).expect("tables");
        assert_eq!(applied(), known().expect("migrations"));
    }
}
