//! One server per data folder: whoever holds `serve.lock` is it.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// Held for as long as it lives; the system frees it however the process ends.
#[derive(Debug)]
pub struct ServingLock {
    file: File,
}

#[derive(Debug, thiserror::Error)]
pub enum ServingLockError {
    #[error("another `claviger serve` holds {0}: stop it first, or give this one another --data-dir")]
    Held(PathBuf),
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
}

impl ServingLock {
    pub fn take(data_dir: &Path) -> Result<Self, ServingLockError> {
        let path = data_dir.join("serve.lock");
        let failed = |source| ServingLockError::File { path: path.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(failed)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { file }),
            Err(Errno::WOULDBLOCK) => Err(ServingLockError::Held(path)),
            Err(error) => Err(failed(error.into())),
        }
    }
}

impl Drop for ServingLock {
    /// A child process between its fork and its exec has a copy of the descriptor: closing ours alone would leave the
    /// lock with it for an instant.
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}
