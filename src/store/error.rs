//! What can go wrong with the database.

use std::sync::Arc;

use diesel::result::{DatabaseErrorKind, Error};

use super::connection::QUERY_LIMIT;
use crate::domain::DatabaseUrl;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database {url} cannot be reached: {reason}")]
    Unreachable { url: DatabaseUrl, reason: String },
    #[error("the connection to the database broke off: {reason}")]
    BrokenOff { reason: String },
    #[error("the database refused a statement: {0}")]
    Query(#[source] Error),
    #[error("reading this takes the database longer than {} s: ask for less, or again when it is less busy", QUERY_LIMIT.as_secs())]
    TooSlow,
    #[error("all of this server's connections for reading are in use: ask again")]
    Busy,
    #[error("the tables could not be brought up to date: {0}")]
    Migration(String),
    #[error(
        "the database was made by a newer claviger (it has migration {version}, which this one does not know): \
         use that version, or restore a backup made before the upgrade"
    )]
    Newer { version: String },
    #[error("the database lacks migration {version}: bring it up to date with `claviger migrate`")]
    Older { version: String },
    #[error("there is no database at {0}: `claviger serve` and `claviger restore` make one")]
    Absent(String),
    #[error("{0}")]
    Backup(#[from] super::BackupError),
    #[error("table {table}, row {row}: {what}")]
    Corrupt { table: &'static str, row: String, what: String },
    #[error("the change log is broken at position {position}: its hash is not that of the rows before it")]
    Broken { position: u64 },
    #[error(
        "the change log has a row of the kind \"{kind}\" at position {position}, which only a newer claviger can read"
    )]
    UnknownKind { position: u64, kind: String },
    #[error("{0}")]
    Locked(String),
    /// Of a transaction that may hold acts of several callers.
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

/// PostgreSQL gives it a code that diesel keeps to itself; in other languages than English it is a refused statement as others.
fn is_given_up(error: &Error) -> bool {
    let Error::DatabaseError(_, told) = error else { return false };
    told.message().contains("statement timeout")
}

impl StoreError {
    /// Whether the database was there to say so.
    pub fn is_an_answer(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::BrokenOff { .. } | Self::File { .. } => false,
            Self::Query(error) => !has_broken_off(error),
            Self::Together(error) => error.is_an_answer(),
            _ => true,
        }
    }
}

/// libpq speaks in several lines; a sentence is one.
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
