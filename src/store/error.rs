//! Errors of the database.

use std::sync::Arc;
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error};

use claviger_domain::DatabaseUrl;

/// The database cancels queries that take longer, so that an abandoned list request keeps no connection.
pub const QUERY_LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database {url} cannot be reached: {reason}")]
    Unreachable { url: DatabaseUrl, reason: String },
    #[error(
        "a connection pooler in front of the database {url} shares sessions between connections (PgBouncer with pool_mode \
         = transaction or statement), and claviger needs its own for locks and notifications: name the database server \
         itself in database_url, or set pool_mode = session"
    )]
    Pooled { url: DatabaseUrl },
    #[error("the connection to the database was lost: {reason}")]
    BrokenOff { reason: String },
    #[error(
        "{path} was removed or replaced while this process had it open: put the original file back, or restart with \
         the current one"
    )]
    Replaced { path: String },
    #[error("{left} bytes are free in {path}, too few to write a change: free disk space")]
    NoSpace { path: String, left: u64 },
    #[error("the database refused a statement: {0}")]
    Query(#[source] Error),
    #[error("query timed out after {} s; narrow the request or retry later", QUERY_LIMIT.as_secs())]
    TooSlow,
    #[error("all read connections of this server are in use; retry")]
    Busy,
    #[error("the database could not be migrated: {0}")]
    Migration(String),
    #[error(
        "the database was created by a newer claviger (it has migration {version}, which this version does not know): \
         use that version, or restore a backup made before the upgrade"
    )]
    Newer { version: String },
    #[error("the database lacks migration {version}: migrate it with `claviger migrate`")]
    Older { version: String },
    #[error("there is no database at {0}: `claviger serve` and `claviger restore` create one")]
    Absent(String),
    #[error("{0}")]
    Backup(#[from] super::BackupError),
    #[error("table {table}, row {row}: {what}")]
    Corrupt { table: &'static str, row: String, what: String },
    #[error("the change log is broken at position {position}: its hash does not match the rows before it")]
    Broken { position: u64 },
    #[error(
        "the change log has a row of the kind \"{kind}\" at position {position}, which only a newer claviger can read"
    )]
    UnknownKind { position: u64, kind: String },
    /// Nothing was written: a value of the change could not be read back.
    #[error("{0}")]
    Unreadable(#[from] super::Unreadable),
    /// Nothing was written: this is a bug.
    #[error("a decision read a table that it must not read")]
    NoTables,
    #[error("row {position} of the change log is damaged: {what}")]
    Damaged { position: u64, what: String },
    #[error("{0}")]
    Locked(String),
    /// The error of a transaction that may hold changes of several callers.
    #[error(transparent)]
    Together(Arc<Self>),
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        if is_given_up(&error) { Self::TooSlow } else { Self::Query(error) }
    }
}

/// diesel does not expose PostgreSQL's error code for a canceled statement. In languages other than English it counts
/// as a refused statement.
fn is_given_up(error: &Error) -> bool {
    let Error::DatabaseError(_, told) = error else { return false };
    ["statement timeout", "lock timeout"].iter().any(|words| told.message().contains(words))
}

impl StoreError {
    /// Whether the database itself reported the error.
    pub fn is_an_answer(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::BrokenOff { .. } | Self::Replaced { .. } | Self::File { .. } => {
                false
            }
            Self::Query(error) => !has_broken_off(error),
            Self::Together(error) => error.is_an_answer(),
            _ => true,
        }
    }
}

impl StoreError {
    /// Whether the database works and refused what one change wrote. An error before that, a full disk or a read-only
    /// database meet the next change too.
    pub fn concerns_one_change(&self) -> bool {
        let Self::Together(error) = self else { return false };
        match &**error {
            Self::Query(Error::DatabaseError(_, told)) => {
                let is_of_all = ["is locked", "is full", "readonly", "read-only"];
                error.is_an_answer() && !is_of_all.iter().any(|words| told.message().contains(words))
            }
            _ => false,
        }
    }

    /// Whether the database may become reachable without a change of the settings. In languages other than English, each
    /// reason of PostgreSQL counts as one that may pass.
    pub fn may_pass(&self) -> bool {
        let Self::Unreachable { reason, .. } = self else { return false };
        let lasts = [
            "does not exist",
            "authentication failed",
            "no password supplied",
            "no pg_hba.conf entry",
            "not permitted to log in",
            "invalid",
            "must be",
        ];
        !lasts.iter().any(|words| reason.contains(words))
    }

    /// Whether the only problem is that another connection writes to SQLite.
    pub fn is_locked_out(&self) -> bool {
        match self {
            Self::Query(Error::DatabaseError(_, told)) => told.message().contains("is locked"),
            Self::Together(error) => error.is_locked_out(),
            _ => false,
        }
    }
}

/// Joins libpq's multi-line messages into one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn has_broken_off(error: &Error) -> bool {
    match error {
        Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
            _,
        )
        | Error::BrokenTransactionManager => true,
        Error::RollbackErrorOnCommit { commit_error, .. } => has_broken_off(commit_error),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unreachable_databases_are_told_from_wrong_settings() {
        let may_pass = |reason: &str| {
            let url = "postgres://me@db/claviger".parse().expect("a URL");
            StoreError::Unreachable { url, reason: reason.to_owned() }.may_pass()
        };
        for passing in [
            "connection to server at \"127.0.0.1\", port 5432 failed: Connection refused",
            "connection to server on socket \"/run/x/.s.PGSQL.5432\" failed: No such file or directory",
            "could not translate host name \"db\" to address: Temporary failure in name resolution",
            "connection to server at \"db\" failed: FATAL: the database system is starting up",
            "connection to server at \"db\" failed: FATAL: sorry, too many clients already",
            "connection to server at \"db\" failed: session is read-only",
            "connection to server at \"db\" failed: timeout expired",
        ] {
            assert!(may_pass(passing), "{passing}");
        }
        for lasting in [
            "connection to server at \"db\" failed: FATAL: database \"claviger\" does not exist",
            "connection to server at \"db\" failed: FATAL: role \"me\" does not exist",
            "connection to server at \"db\" failed: FATAL: password authentication failed for user \"me\"",
            "connection to server at \"db\" failed: fe_sendauth: no password supplied",
            "connection to server at \"db\" failed: FATAL: no pg_hba.conf entry for host \"10.0.0.1\"",
            "connection to server at \"db\" failed: FATAL: role \"me\" is not permitted to log in",
            "invalid URI query parameter: \"hots\"",
        ] {
            assert!(!may_pass(lasting), "{lasting}");
        }
    }

    #[test]
    fn only_a_refused_statement_of_a_change_concerns_it_alone() {
        let query = |text: &str| {
            StoreError::Query(Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(text.to_owned())))
        };
        let together = |error| StoreError::Together(Arc::new(error));
        assert!(together(query("UNIQUE constraint failed: group.name")).concerns_one_change());
        for text in [
            "database is locked",
            "database or disk is full",
            "attempt to write a readonly database",
            "cannot execute UPDATE in a read-only transaction",
        ] {
            assert!(!together(query(text)).concerns_one_change(), "{text}");
        }
        assert!(!query("UNIQUE constraint failed: group.name").concerns_one_change(), "before the change");
        let broken_off = StoreError::BrokenOff { reason: String::new() };
        assert!(!together(broken_off).concerns_one_change());
    }
}
