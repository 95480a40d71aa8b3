//! Why a server or a command on the machine did not start or did not finish.

use std::path::PathBuf;

use crate::administration::AdministrationError;
use crate::config::ConfigError;
use crate::crypto::{MasterKeyError, SealingError};
use crate::http::ListenError;
use crate::replication::{JournalError, ReplicationError, ServingLockError};
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Locked(#[from] ServingLockError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    #[error(transparent)]
    Sealing(#[from] SealingError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Replication(#[from] ReplicationError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Administration(#[from] AdministrationError),
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    Refused(String),
    #[error("the server ended with an error: {0}")]
    Server(std::io::Error),
}
