//! Why a backup cannot be taken or restored.

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("the backup cannot be written: {0}")]
    Write(std::io::Error),
    #[error("the backup cannot be read: {0}")]
    Read(std::io::Error),
    #[error("this is not a backup of claviger: its first line is not a backup header")]
    NoHeader,
    #[error(
        "the backup has format version {0}, but this claviger reads version 1: restore it with a newer claviger"
    )]
    Version(u32),
    #[error("the backup was written by a newer claviger (migration {0}): restore it with that version")]
    Schema(String),
    #[error(
        "the backup does not open with the master key in the keys folder ({what}, sealed under the \
         master key {sealed_under}), and nothing was restored: put the master.key of the installation that it was taken from \
         there, or name its folder with --keys-dir"
    )]
    MasterKey { what: String, sealed_under: String },
    #[error("the backup is truncated: its last line is missing, and nothing was restored")]
    CutOff,
    #[error("line {line} of the backup is damaged ({reason}), and nothing was restored")]
    Line { line: u64, reason: String },
    #[error("the backup's checksum does not match its lines: it is damaged, and nothing was restored")]
    Checksum,
    #[error("the backup has {found} rows but declares {promised}, and nothing was restored")]
    Count { found: u64, promised: u64 },
    #[error(
        "the database is not empty (table {0} has rows), but a backup can only be restored into an empty one: choose \
         another with --data-dir or --database-url"
    )]
    NotEmpty(String),
    #[error(
        "the backup was made at {made_at}, which is ahead of this machine's clock: correct the clock first, because \
         it decides which tokens are older"
    )]
    Clock { made_at: String },
    #[error("table {table}, column {column} has the type {kind}, which a backup cannot hold")]
    Column { table: String, column: String, kind: String },
}
