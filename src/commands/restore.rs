//! `claviger restore`: fills an empty database from a backup.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use claviger_cli::failure::Failure;
use claviger_cli::terminal::output::Output;
use claviger_cli::terminal::progress::Progress;

use crate::commands::local_server::OnThisMachine;
use crate::operator::{self, Reach, RestoreFrom};

/// Fill an empty database from a backup, of either kind of database
///
/// Every token issued before becomes invalid; clients request new ones with their keys. Revocations AFTER the backup
/// are not in it: those in a server's revocation journal are applied again, all others are lost and what they revoked
/// is active again.
#[derive(Debug, Args)]
pub struct RestoreCommand {
    /// File written by `claviger backup`
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Revocation journal of a server; may be repeated, once per server
    ///
    /// [default: revocations.journal in the data folder, if it exists]
    #[arg(long = "journal", value_name = "FILE")]
    journals: Vec<PathBuf>,

    #[command(flatten)]
    place: OnThisMachine,
}

impl RestoreCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let settings = self.place.settings(output)?;
        let from = RestoreFrom { backup: &self.file, journals: &self.journals };
        let done = Progress::show("rows", |progress| operator::restore(&settings, &from, progress))?;
        let made_at = &done.header.made_at;
        let again = done.reasserted;
        let mut sentences = format!("Restored {} rows as of {made_at}.", done.rows);
        if done.journals > 0 {
            sentences.push_str(&format!("\nRevocations applied again from the journal: {again}."));
        }
        let shown = json!({
            "rows": done.rows, "made_at": made_at.to_string(), "journals": done.journals, "applied_again": again,
        });
        output.report(&sentences, &shown)?;
        output.note("Every token issued before now is invalid; clients must request new ones.");
        output.note(&match (&done.reach, done.journals) {
            (Reach::UpTo(place), _) => format!(
                "The journal continues from the backup to position {}, read at {}. Whatever was revoked after that, \
                 and only that, is active again.",
                place.position, place.at
            ),
            (Reach::Nothing, 0) => alive_again(made_at, "there is no revocation journal"),
            (Reach::Nothing, _) => alive_again(
                made_at,
                "the journal does not continue from this backup without a gap, so more may have been revoked",
            ),
        });
        output.note("The server needs the master key of the old server in keys/master.key.");
        Ok(())
    }
}

fn alive_again(made_at: &str, because: &str) -> String {
    format!(
        "WARNING: credentials, members and personal access tokens that were revoked after {made_at} are ACTIVE AGAIN: \
         {because}. Revoke them again at once."
    )
}
