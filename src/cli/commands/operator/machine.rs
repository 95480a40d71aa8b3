//! What is done on the machine itself: `main` hands it in, because it takes the whole server to do it.

use std::path::{Path, PathBuf};

use clap::Args;
use claviger_contract::Timestamp;
use zeroize::Zeroizing;

use crate::administration::AdministrationError;
use crate::cli::commands::operator::doctor::Finding;
use crate::cli::commands::operator::serve::ServeFlags;
use crate::cli::commands::realms::realm::{KnownRealm, NewRealm};
use crate::cli::failure::{Exit, Failure};
use crate::cli::server::operator_token::TokenOwner;
use crate::config::Flags;

pub trait Machine {
    /// Returns when the server has stopped.
    fn serve(&self, flags: &ServeFlags) -> Result<(), Failure>;

    /// `announce` is told once that the server answers.
    fn serve_dev(&self, flags: &ServeFlags, announce: &mut dyn FnMut(&DevServer)) -> Result<(), Failure>;

    /// The API's description of itself, as JSON.
    fn openapi(&self) -> String;

    fn create_realm(&self, new: &NewRealm) -> Result<OperatorToken, Failure>;

    /// Or resumes it.
    fn suspend_realm(&self, realm: &KnownRealm, suspended: bool) -> Result<(), Failure>;

    fn member_token(&self, owner: &TokenOwner) -> Result<OperatorToken, Failure>;

    /// `progress` hears how many events were read.
    fn verify_audit(
        &self,
        place: &OnThisMachine,
        progress: &mut dyn FnMut(u64),
    ) -> Result<AuditTrail, Failure>;

    /// What servers stop at; `progress` hears how many rows were read.
    fn damaged_log_rows(
        &self,
        place: &OnThisMachine,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<DamagedLogRow>, Failure>;

    fn skip_log_row(&self, place: &OnThisMachine, position: u64) -> Result<SkippedLogRow, Failure>;

    fn backup(
        &self,
        place: &OnThisMachine,
        file: &Path,
        progress: &mut dyn FnMut(u64),
    ) -> Result<BackedUp, Failure>;

    fn restore(
        &self,
        place: &OnThisMachine,
        file: &Path,
        journals: &[PathBuf],
        progress: &mut dyn FnMut(u64),
    ) -> Result<Restored, Failure>;

    /// How the tables stood, and stand now.
    fn migrate(&self, place: &OnThisMachine) -> Result<(Migrations, Migrations), Failure>;

    fn migrations(&self, place: &OnThisMachine) -> Result<Migrations, Failure>;

    fn examine(&self, place: &OnThisMachine) -> Result<Vec<Finding>, Failure>;

    /// Returns the file.
    fn init_keys(&self, place: &OnThisMachine) -> Result<PathBuf, Failure>;

    fn list_keys(&self, place: &OnThisMachine) -> Result<Vec<MasterKeyUse>, Failure>;

    /// Returns the new key's id.
    fn add_key(&self, place: &OnThisMachine) -> Result<String, Failure>;

    /// Returns the key's id, and how many secrets are sealed under it now.
    fn promote_key(&self, place: &OnThisMachine, id: Option<&str>) -> Result<(String, usize), Failure>;

    fn remove_key(&self, place: &OnThisMachine, id: &str) -> Result<(), Failure>;
}

/// A personal access token for whoever holds the machine; shown once.
pub struct OperatorToken {
    pub token: Zeroizing<String>,
    pub expires_at: Timestamp,
    /// Why it may not count yet.
    pub unapplied: Option<Failure>,
}

/// What hangs on one master key.
pub struct MasterKeyUse {
    pub id: String,
    pub role: MasterKeyRole,
    pub sealed: usize,
    /// Live client keys and tokens that may have been made under it.
    pub digests: i64,
    /// Running servers that do not hold it.
    pub missing_at: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MasterKeyRole {
    Active,
    Retired,
    Added,
}

/// What verification of the audit trail found.
pub struct AuditTrail {
    pub fitting: u64,
    pub pruned: u64,
    /// The hash of the last event that fits.
    pub end: String,
    /// The first event that does not fit, in words.
    pub fault: Option<String>,
    /// What a server could not read of log and tables.
    pub damage: Option<String>,
}

pub struct DamagedLogRow {
    pub position: u64,
    /// `None` where it cannot be read.
    pub realm: Option<String>,
    pub what: String,
    pub newer: bool,
    pub skipped: bool,
}

pub struct SkippedLogRow {
    pub position: u64,
    pub realms: Vec<String>,
}

pub struct BackedUp {
    pub rows: u64,
    pub position: u64,
    /// What a server could not read of the database that it was taken from.
    pub damage: Option<String>,
}

pub struct Restored {
    pub rows: u64,
    pub made_at: String,
    pub journals: usize,
    /// Of what journals know of the time after the backup, what was alive in it and is ended again.
    pub ended_again: usize,
    /// Up to which position, read when, journals know everything since the backup.
    pub known_up_to: Option<(u64, Timestamp)>,
}

/// Numbers of migrations.
pub struct Migrations {
    pub applied: Vec<String>,
    pub pending: Vec<String>,
    /// Made by a newer program.
    pub unknown: Vec<String>,
}

/// What a beginner needs of a throw-away server.
pub struct DevServer {
    pub base_url: String,
    pub realm: String,
    pub owner_email: String,
    pub owner_token: String,
    pub client_id: String,
    pub client_key: String,
    pub server_client_id: String,
    pub server_client_key: String,
    pub audience: String,
    pub quickstart_file: PathBuf,
}

/// Which server of this machine is meant. What no flag says comes from the environment, `claviger.toml` and the
/// defaults, in that order.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "On this machine")]
pub struct OnThisMachine {
    /// Work on the throw-away server of `claviger serve --dev`
    #[arg(long)]
    dev: bool,

    #[command(flatten)]
    folders: Folders,
}

/// Where a server keeps what it has.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "On this machine")]
pub struct Folders {
    /// The folder of the embedded database [default: data, with --dev data/dev]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// sqlite://PATH or postgres://USER@HOST/DATABASE [default: the embedded one in the data folder].
    /// An address that holds a password belongs into CLAVIGER_DATABASE_URL
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,

    /// The folder of the master key [default: keys, with --dev in the data folder]
    #[arg(long, value_name = "DIR")]
    keys_dir: Option<PathBuf>,
}

impl OnThisMachine {
    pub fn flags(&self) -> Flags {
        self.folders.flags(self.dev)
    }
}

impl Folders {
    pub fn flags(&self, dev: bool) -> Flags {
        Flags {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            keys_dir: self.keys_dir.clone(),
            dev,
            ..Flags::default()
        }
    }
}

impl From<&AdministrationError> for Exit {
    fn from(error: &AdministrationError) -> Self {
        match error {
            AdministrationError::Denied(_) | AdministrationError::ServiceCredentialsOff => Self::Forbidden,
            AdministrationError::NotFound(_) => Self::NotFound,
            AdministrationError::Conflict(_)
            | AdministrationError::NamesTaken(_)
            | AdministrationError::NotActive
            | AdministrationError::Stale
            | AdministrationError::AlreadyMade(_) => Self::Conflict,
            AdministrationError::Invalid(_) | AdministrationError::Limit(_) => Self::Invalid,
            AdministrationError::Ledger(_) | AdministrationError::Crypto(_) => Self::Failure,
        }
    }
}
