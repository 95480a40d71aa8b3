//! `claviger restore`: fills an empty database from a backup.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::machine::{Machine, OnThisMachine};
use super::output::Output;
use super::progress::Progress;

/// Fill an empty database from a backup, of either kind of database
///
/// Every token issued before is dead afterwards; clients fetch another with the key that they have. What was revoked
/// AFTER the backup was made is alive again, because the backup does not know of it: revoke it once more.
#[derive(Debug, Args)]
pub struct RestoreCommand {
    /// What `claviger backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    place: OnThisMachine,
}

impl RestoreCommand {
    pub fn run(self, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
        let done = Progress::show("rows", |progress| machine.restore(&self.place, &self.file, progress))?;
        output.line(&format!("Restored {} rows as of {}.", done.rows, done.made_at))?;
        output.note("Every token issued before now is dead: clients fetch another.");
        output.note(&format!(
            "ATTENTION: credentials, members and personal access tokens that were revoked after {} are ALIVE AGAIN. \
             Revoke them once more at once.",
            done.made_at
        ));
        output.note("The server needs the master key that the old one had, in keys/master.key.");
        Ok(())
    }
}
