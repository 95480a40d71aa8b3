//! One connection to either database.

use std::sync::Arc;
use std::time::Duration;

use diesel::Connection as _;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::sqlite::SqliteConnection;

use crate::store::database_file::{self, PinnedFile};
use crate::store::error::{QUERY_LIMIT, StoreError, one_line};
use crate::store::pooler::refuse_shared_sessions;
use claviger_domain::DatabaseUrl;

/// Every query is written once, for this type.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Reads continue during a write. A commit is on disk when it returns. A writer waits for other processes' writes.
const SQLITE_SETTINGS: &str =
    "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";

/// Creates an SQLite database where there is none. Refuses a pooler in front of PostgreSQL that shares sessions.
pub fn open(url: &DatabaseUrl) -> Result<AnyConnection, StoreError> {
    if let DatabaseUrl::Sqlite(path) = url {
        database_file::create(path)?;
    }
    let mut connection = connect(url)?;
    if let (AnyConnection::Postgres(connection), DatabaseUrl::Postgres(address)) = (&mut connection, url) {
        refuse_shared_sessions(connection, url, || establish(url, address))?;
    }
    Ok(connection)
}

/// Never creates a database.
fn connect(url: &DatabaseUrl) -> Result<AnyConnection, StoreError> {
    let unreachable =
        |reason: String| StoreError::Unreachable { url: url.clone(), reason: one_line(&reason) };
    match url {
        DatabaseUrl::Sqlite(path) => {
            let path = path.to_str().ok_or_else(|| unreachable("its path is not valid UTF-8".to_owned()))?;
            let mut connection = SqliteConnection::establish(&database_file::existing(path))
                .map_err(|error| unreachable(error.to_string()))?;
            connection.batch_execute(SQLITE_SETTINGS)?;
            Ok(AnyConnection::Sqlite(connection))
        }
        DatabaseUrl::Postgres(address) => {
            let mut connection = establish(url, address)?;
            // A transaction at a stricter level, which may be the default of the database or the role, fails beside
            // another that waits for the same row.
            connection.batch_execute("SET default_transaction_isolation = 'read committed'")?;
            Ok(AnyConnection::Postgres(connection))
        }
    }
}

fn establish(url: &DatabaseUrl, address: &str) -> Result<PgConnection, StoreError> {
    PgConnection::establish(&with_patience(address))
        .map_err(|error| StoreError::Unreachable { url: url.clone(), reason: one_line(&error.to_string()) })
}

/// Whether a server accepts connections. An SQLite file is always reachable: it is created where there is none.
pub fn reach(url: &DatabaseUrl) -> Result<(), StoreError> {
    match url {
        DatabaseUrl::Sqlite(_) => Ok(()),
        DatabaseUrl::Postgres(_) => connect(url).map(drop),
    }
}

/// Identifies the database of a store. On SQLite it pins the file that existed when the store was opened.
pub struct Place {
    pub url: DatabaseUrl,
    file: Option<PinnedFile>,
}

impl Place {
    pub fn new(url: &DatabaseUrl) -> Result<Self, StoreError> {
        let file = url.sqlite_path().map(PinnedFile::new).transpose()?;
        Ok(Self { url: url.clone(), file })
    }

    pub fn open(&self) -> Result<AnyConnection, StoreError> {
        self.check()?;
        let connection = connect(&self.url)?;
        self.check()?;
        Ok(connection)
    }

    /// See `PinnedFile::check`.
    pub fn check(&self) -> Result<(), StoreError> {
        self.file.as_ref().map_or(Ok(()), PinnedFile::check)
    }

    /// See `PinnedFile::check_space`.
    pub fn check_space(&self) -> Result<(), StoreError> {
        self.file.as_ref().map_or(Ok(()), PinnedFile::check_space)
    }

    /// Whether several servers may use this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.url, DatabaseUrl::Postgres(_))
    }

    /// `None` on PostgreSQL.
    pub fn file(&self) -> Option<&PinnedFile> {
        self.file.as_ref()
    }
}

/// A connection over a silent network is closed after about the length of a lease. Names and units are libpq's. Values
/// in the URL take precedence.
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
    /// For transactions that block others: the database ends one that is idle for the length of a lease. The work
    /// within one, such as the cuts of a hundred thousand credentials, takes less.
    pub fn never_idle_for_long_in_a_transaction(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => {
                connection.batch_execute("SET idle_in_transaction_session_timeout = 3000")
            }
        }
    }

    /// Overrides the role's settings for this transaction: an acknowledged commit is at least on the primary's disk.
    pub fn commit_durably(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => connection.batch_execute(
                "SELECT CASE WHEN current_setting('synchronous_commit') = 'off' \
                 THEN set_config('synchronous_commit', 'local', true) END",
            ),
        }
    }

    /// Until the end of this transaction no statement waits for a lock longer than a query may take. The default has no
    /// limit.
    pub fn bound_lock_waits(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => {
                connection.batch_execute(&format!("SET LOCAL lock_timeout = {}", QUERY_LIMIT.as_millis()))
            }
        }
    }

    /// How long a statement waits for another connection's write. PostgreSQL has its own limits.
    pub fn wait_for_writers(&mut self, at_most: Duration) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(connection) => {
                connection.batch_execute(&format!("PRAGMA busy_timeout = {}", at_most.as_millis()))
            }
            Self::Postgres(_) => Ok(()),
        }
    }

    /// For a connection whose writes may be lost in a power failure, and that should rarely checkpoint other
    /// connections' pages.
    pub fn never_wait_for_the_disk(&mut self) -> diesel::QueryResult<()> {
        match self {
            Self::Sqlite(connection) => {
                connection.batch_execute("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4000;")
            }
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Between transactions: whether the next ones are on disk when their commit returns. PostgreSQL is told in each
    /// transaction.
    pub fn wait_for_the_disk(&mut self, waits: bool) -> diesel::QueryResult<()> {
        let level = if waits { "FULL" } else { "NORMAL" };
        match self {
            Self::Sqlite(connection) => connection.batch_execute(&format!("PRAGMA synchronous = {level}")),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Call this first in a transaction that reads several tables from one snapshot.
    pub fn read_as_of_now(&mut self) -> diesel::QueryResult<()> {
        match self {
            // A read transaction of SQLite sees one snapshot anyway.
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => {
                connection.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            }
        }
    }
}

/// For pools of reading connections.
pub struct Manager(pub Arc<Place>);

pub const POOL_WAIT: Duration = Duration::from_secs(5);

impl ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<AnyConnection, Self::Error> {
        let opened = self.0.open().and_then(|mut connection| {
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
