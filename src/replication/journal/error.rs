//! Errors of reading or writing the journal.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the journal of revocations {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error(
        "the journal of revocations {path} is damaged in line {line} ({reason}), or was written by a newer claviger: \
         put back a copy of it, or move it away if nothing that only it knows matters"
    )]
    Line { path: PathBuf, line: usize, reason: String },
}
