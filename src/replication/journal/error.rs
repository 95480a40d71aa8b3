//! Errors of reading or writing the journal.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the revocation journal {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error(
        "the revocation journal {path} is damaged in line {line} ({reason}), or was written by a newer claviger: \
         restore it from a copy, or move it away if the revocations that only it contains are not needed"
    )]
    Line { path: PathBuf, line: usize, reason: String },
}
