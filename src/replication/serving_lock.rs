//! One server per data folder, and one per SQLite database file under any path.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::store::{FileId, StoreError, create_database_file, write_ahead_log};

/// Held while the value exists; the system releases it however the process ends.
#[derive(Debug)]
pub struct ServingLock {
    held: Held,
}

#[derive(Debug)]
enum Held {
    Folder(File),
    Database(DatabaseLock),
}

#[derive(Debug, thiserror::Error)]
pub enum ServingLockError {
    #[error("another `claviger serve` holds {0}: stop it first, or give this one another --data-dir")]
    Held(PathBuf),
    #[error(
        "another `claviger serve` holds {0}, perhaps by another path to the same file: \
         stop it first, or give this one another --database-url"
    )]
    DatabaseHeld(PathBuf),
    #[error(
        "a server has {0} open under another name, and SQLite keeps its write-ahead log next to that name: give the \
         path that the server was given, and remove the other hard link or mount"
    )]
    OtherName(PathBuf),
    #[error(
        "the server that runs on the data folder {folder} does not have {database} open: the file was removed or replaced, \
         or the server has another database_url. Give this command the settings of the server, or stop it first"
    )]
    OtherDatabase { folder: PathBuf, database: PathBuf },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
}

impl ServingLock {
    /// Locks the data folder, which contains the journal.
    pub fn take(data_dir: &Path) -> Result<Self, ServingLockError> {
        let path = data_dir.join("serve.lock");
        let failed = |source| ServingLockError::File { path: path.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(failed)?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).mode(0o600);
        let file = options.open(&path).map_err(failed)?;
        match try_lock(&file).map_err(failed)? {
            true => Ok(Self { held: Held::Folder(file) }),
            false => Err(ServingLockError::Held(path)),
        }
    }

    /// Whether another process holds the lock on this data folder. Creates nothing.
    pub fn is_held(data_dir: &Path) -> Result<bool, ServingLockError> {
        let path = data_dir.join("serve.lock");
        let failed = |source| ServingLockError::File { path: path.clone(), source };
        let file = match OpenOptions::new().write(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(failed(error)),
        };
        let is_free = try_lock(&file).map_err(failed)?;
        if is_free {
            let _ = flock(&file, FlockOperation::Unlock);
        }
        Ok(!is_free)
    }

    /// Locks an SQLite database, which is created if it does not exist. Take the lock before SQLite opens the file.
    pub fn take_database(path: &Path) -> Result<Self, ServingLockError> {
        create_database_file(path)?;
        // A command that checks for a running server holds the lock briefly.
        for _ in 0..LOOKS {
            let lock = DatabaseLock::open(path)?;
            if lock.try_take()? {
                // The file may have been replaced before the lock was held.
                if FileId::of(path).ok() == lock.id {
                    return Ok(Self { held: Held::Database(lock) });
                }
                lock.release();
            }
            #[expect(
                clippy::disallowed_methods,
                reason = "there is no notification when a file lock is released"
            )]
            std::thread::sleep(BETWEEN_LOOKS);
        }
        Err(ServingLockError::DatabaseHeld(path.to_owned()))
    }
}

const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(30);

impl Drop for ServingLock {
    /// Unlocks explicitly. A child process between fork and exec has a copy of the descriptor: closing only ours would
    /// leave the lock held briefly.
    fn drop(&mut self) {
        match &self.held {
            Held::Folder(file) => drop(flock(file, FlockOperation::Unlock)),
            Held::Database(lock) => lock.release(),
        }
    }
}

/// The lock on an SQLite database file, by `flock`, which SQLite does not use. It belongs to the inode.
#[derive(Clone, Copy, Debug)]
pub struct DatabaseLock {
    // Never closed: closing any descriptor of the file drops the `fcntl` locks of all SQLite connections of this
    // process.
    file: &'static File,
    id: Option<FileId>,
}

impl DatabaseLock {
    /// Opens the lock on an existing file.
    pub fn open(path: &Path) -> Result<Self, ServingLockError> {
        let failed = |source| ServingLockError::File { path: path.to_owned(), source };
        // Opened for writing: an overlay file system gives readers another inode than writers.
        let file = OpenOptions::new().read(true).write(true).open(path).map_err(failed)?;
        let id = FileId::of_open(&file).ok();
        Ok(Self { file: Box::leak(Box::new(file)), id })
    }

    /// Whether no other process holds it.
    pub fn is_free(&self) -> Result<bool, ServingLockError> {
        let taken = self.try_take()?;
        if taken {
            self.release();
        }
        Ok(taken)
    }

    /// A command beside a server must use the same write-ahead log. SQLite names it after the path of the file.
    pub fn refuse_other_name(&self, path: &Path) -> Result<(), ServingLockError> {
        for _ in 0..LOOKS * 10 {
            if write_ahead_log(path).exists() || self.is_free()? {
                return Ok(());
            }
            // The server may have just started.
            #[expect(clippy::disallowed_methods, reason = "there is no notification when a file appears")]
            std::thread::sleep(BETWEEN_LOOKS);
        }
        Err(ServingLockError::OtherName(path.to_owned()))
    }

    fn try_take(&self) -> Result<bool, ServingLockError> {
        try_lock(self.file).map_err(|source| ServingLockError::File { path: "database lock".into(), source })
    }

    fn release(&self) {
        let _ = flock(self.file, FlockOperation::Unlock);
    }
}

fn try_lock(file: &File) -> Result<bool, std::io::Error> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
