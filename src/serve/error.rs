//! Why a server or a local command did not start or finish.

use std::path::PathBuf;
use std::time::Duration;

use claviger_contract::Position;
use claviger_verifier::ConnectError;

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
    #[error(transparent)]
    Verifier(#[from] ConnectError),
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error(
        "the change is written (position {position}), but the server on this database has not applied it within {} s \
         and may still use the previous state: check that it runs and is ready, then run this command again",
        within.as_secs()
    )]
    NotApplied { position: Position, within: Duration },
    #[error("{0}")]
    Refused(String),
    #[error("the server ended with an error: {0}")]
    Server(std::io::Error),
}
