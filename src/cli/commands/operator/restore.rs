//! `claviger restore`: fills an empty database from a backup.

use std::path::PathBuf;

use clap::Args;

use crate::cli::commands::operator::machine::{Machine, OnThisMachine};
use crate::cli::failure::Failure;
use crate::cli::terminal::output::Output;
use crate::cli::terminal::progress::Progress;

/// Fill an empty database from a backup, of either kind of database
///
/// Every token issued before is dead afterwards; clients fetch another with the key that they have. What was revoked
/// AFTER the backup was made is not in it: it is ended again as far as a server's journal of revocations knows of it, and
/// alive again otherwise.
#[derive(Debug, Args)]
pub struct RestoreCommand {
    /// What `claviger backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// What a server has written down of revocations, once for each server that there was
    /// [default: revocations.journal in the data folder, if it is there]
    #[arg(long = "journal", value_name = "FILE")]
    journals: Vec<PathBuf>,

    #[command(flatten)]
    place: OnThisMachine,
}

impl RestoreCommand {
    pub fn run(self, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
        let done = Progress::show("rows", |progress| {
            machine.restore(&self.place, &self.file, &self.journals, progress)
        })?;
        output.line(&format!("Restored {} rows as of {}.", done.rows, done.made_at))?;
        if done.journals > 0 {
            let again = done.ended_again;
            output.line(&format!("Ended again: {again} that the journal knows and the backup does not."))?;
        }
        output.note("Every token issued before now is dead: clients fetch another.");
        output.note(&match (done.known_up_to, done.journals) {
            (Some((position, at)), _) => format!(
                "The journal goes on from the backup to position {position}, read at {at}. Whatever was revoked after \
                 that, and only that, is alive again."
            ),
            (None, 0) => alive_again(&done.made_at, "there is no journal of revocations"),
            (None, _) => alive_again(
                &done.made_at,
                "the journal does not go on from this backup without a gap, so that more may have been revoked",
            ),
        });
        output.note("The server needs the master key that the old one had, in keys/master.key.");
        Ok(())
    }
}

fn alive_again(made_at: &str, because: &str) -> String {
    format!(
        "ATTENTION: credentials, members and personal access tokens that were revoked after {made_at} are ALIVE AGAIN: \
         {because}. Revoke them once more at once."
    )
}
