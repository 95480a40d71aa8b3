//! Why a backup cannot be taken or restored.

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("the backup cannot be written: {0}")]
    Write(std::io::Error),
    #[error("the backup cannot be read: {0}")]
    Read(std::io::Error),
    #[error("this is no backup of claviger: its first line is not the header of one")]
    NoHeader,
    #[error(
        "the backup has version {0} of the format, and this claviger reads version 1: restore it with a newer one"
    )]
    Version(u32),
    #[error("the backup was made by a newer claviger (migration {0}): restore it with that version")]
    Schema(String),
    #[error(
        "the backup does not open with the master key in the keys folder (realm {realm}, signing key {kid}, sealed under the \
         master key {sealed_under}), and nothing was restored: put the master.key of the installation that it was taken from \
         there, or name its folder with --keys-dir"
    )]
    MasterKey { realm: String, kid: String, sealed_under: String },
    #[error("the backup ends before its last line: it was cut off, and nothing was restored")]
    CutOff,
    #[error("line {line} of the backup is damaged ({reason}), and nothing was restored")]
    Line { line: u64, reason: String },
    #[error("the backup's checksum is not that of its lines: it was damaged, and nothing was restored")]
    Checksum,
    #[error("the backup has {found} rows and promises {promised}, and nothing was restored")]
    Count { found: u64, promised: u64 },
    #[error(
        "the database is not empty (table {0} has rows), and a backup is restored into an empty one only: \
         name another with --data-dir or --database-url"
    )]
    NotEmpty(String),
    #[error(
        "the backup was made at {made_at}, which is in the future of this machine's clock: set the clock right first, \
         because older tokens are told from newer ones by it"
    )]
    Clock { made_at: String },
    #[error("table {table}, column {column} has the type {kind}, which a backup cannot hold")]
    Column { table: String, column: String, kind: String },
}
