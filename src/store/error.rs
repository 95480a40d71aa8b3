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
    #[error("table {table}, row {row}: {what}")]
    Corrupt { table: &'static str, row: String, what: String },
    #[error("the change log is broken at position {position}: its hash is not that of the rows before it")]
    Broken { position: u64 },
    #[error("{0}")]
    Locked(String),
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
}
