//! One connection to either database.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::time::Duration;

use diesel::Connection as _;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::sqlite::SqliteConnection;

use super::StoreError;
use super::error::one_line;
use crate::domain::DatabaseUrl;

/// Every query is written once against this.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Readers go on while one writes; a commit is on disk when it returns; a writer waits for another process's write.
const SQLITE_SETTINGS: &str =
    "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";

pub fn open(url: &DatabaseUrl) -> Result<AnyConnection, StoreError> {
    let unreachable =
        |reason: String| StoreError::Unreachable { url: url.clone(), reason: one_line(&reason) };
    match url {
        DatabaseUrl::Sqlite(path) => {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                // Digests and sealed keys are nobody else's to read.
                DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(folder)
                    .map_err(|source| StoreError::File { path: folder.display().to_string(), source })?;
            }
            let path = path.to_str().ok_or_else(|| unreachable("its path is not valid UTF-8".to_owned()))?;
            let mut connection =
                SqliteConnection::establish(path).map_err(|error| unreachable(error.to_string()))?;
            connection.batch_execute(SQLITE_SETTINGS)?;
            Ok(AnyConnection::Sqlite(connection))
        }
        DatabaseUrl::Postgres(address) => {
            let connection = PgConnection::establish(&with_patience(address))
                .map_err(|error| unreachable(error.to_string()))?;
            Ok(AnyConnection::Postgres(connection))
        }
    }
}

/// Over a network that says nothing any more a connection is given up after about as long as a lease lasts. libpq's names and
/// units; whoever sets one of them in the URL is heeded.
const PATIENCE: [(&str, u32); 5] = [
    ("connect_timeout", 3),
    ("tcp_user_timeout", 3_000),
    ("keepalives_idle", 1),
    ("keepalives_interval", 1),
    ("keepalives_count", 2),
];

fn with_patience(address: &str) -> String {
    let mut address = address.to_owned();
    for (name, value) in PATIENCE {
        if !address.contains(&format!("{name}=")) {
            let separator = if address.contains('?') { '&' } else { '?' };
            address.push_str(&format!("{separator}{name}={value}"));
        }
    }
    address
}

impl AnyConnection {
    /// For transactions that others wait behind: a process that is stopped or cut off in the middle of one holds them up no longer
    /// than a lease lasts. What is decided in one, such as the cuts of a hundred thousand credentials, takes less.
    pub fn never_idle_for_long_in_a_transaction(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => {
                connection.batch_execute("SET idle_in_transaction_session_timeout = 3000")
            }
        }
    }

    /// To be called first in a transaction that reads several tables as of one moment.
    pub fn read_as_of_now(&mut self) -> diesel::QueryResult<()> {
        match self {
            // A read transaction of SQLite sees one moment anyway.
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => {
                connection.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            }
        }
    }
}

/// For pools of reading connections.
pub struct Manager(pub DatabaseUrl);

pub const POOL_WAIT: Duration = Duration::from_secs(5);

/// What takes longer is given up, by the database itself: a list that nobody waits for any more keeps no connection.
pub const QUERY_LIMIT: Duration = Duration::from_secs(5);

impl ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<AnyConnection, Self::Error> {
        let opened = open(&self.0).and_then(|mut connection| {
            if let AnyConnection::Postgres(connection) = &mut connection {
                let limit = format!("SET statement_timeout = {}", QUERY_LIMIT.as_millis());
                connection.batch_execute(&limit)?;
            }
            Ok(connection)
        });
        opened.map_err(|error| {
            diesel::r2d2::Error::ConnectionError(diesel::ConnectionError::BadConnection(error.to_string()))
        })
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<(), Self::Error> {
        connection.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        connection.is_broken()
    }
}
