//! What can go wrong with the database.

use crate::domain::DatabaseUrl;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database {url} cannot be reached: {reason}")]
    Unreachable { url: DatabaseUrl, reason: String },
    #[error("the database refused a statement: {0}")]
    Query(#[from] diesel::result::Error),
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
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
}
