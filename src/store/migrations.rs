//! Brings the tables up to date at every start, one process at a time.

use std::fs::OpenOptions;

use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use rustix::fs::{FlockOperation, flock};

use super::StoreError;
use super::connection::{AnyConnection, open};
use crate::domain::DatabaseUrl;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that no other use of advisory locks on this database takes.
const MIGRATION_LOCK: i64 = 0x436c_6176_0001;

pub fn bring_up_to_date(url: &DatabaseUrl) -> Result<(), StoreError> {
    match (open(url)?, url) {
        (AnyConnection::Sqlite(mut connection), DatabaseUrl::Sqlite(path)) => {
            let lock_path = path.with_extension("migrating");
            let failed = |source| StoreError::File { path: lock_path.display().to_string(), source };
            let lock = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&lock_path)
                .map_err(failed)?;
            flock(&lock, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
            run(&mut connection, SQLITE)
        }
        (AnyConnection::Postgres(mut connection), _) => {
            connection.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
            // The lock goes with the connection at the end of this scope.
            run(&mut connection, POSTGRES)
        }
        (AnyConnection::Sqlite(_), DatabaseUrl::Postgres(_)) => Ok(()),
    }
}

fn run<DB: diesel::backend::Backend>(
    connection: &mut impl MigrationHarness<DB>,
    migrations: EmbeddedMigrations,
) -> Result<(), StoreError> {
    connection
        .run_pending_migrations(migrations)
        .map(|_| ())
        .map_err(|error| StoreError::Migration(error.to_string()))
}
