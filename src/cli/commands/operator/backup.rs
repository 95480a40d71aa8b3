//! `claviger backup`: a copy of the data that either database can be filled from.

use std::path::PathBuf;

use clap::Args;

use crate::cli::commands::operator::machine::{Machine, OnThisMachine};
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::output::Output;
use crate::cli::terminal::progress::Progress;

/// Write all data into a file that `claviger restore` reads, while a server runs or not
///
/// The master key is not in it, and without that the backup is of no use: keep a copy of keys/master.key apart from it.
/// Client keys and tokens are in it as keyed digests, signing keys as sealed bytes. It is read again when it is written, and so
/// are the tables and the change log: exits with 1 where something cannot be read back.
#[derive(Debug, Args)]
pub struct BackupCommand {
    /// A file that does not exist yet, or - for standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    place: OnThisMachine,
}

impl BackupCommand {
    pub fn run(self, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
        let done = Progress::show("rows", |progress| machine.backup(&self.place, &self.file, progress))?;
        output.note(&format!("Wrote {} rows, as of position {}.", done.rows, done.position));
        if let Some(damage) = done.damage {
            let message = format!(
                "the backup is written and reads back, but the database that it was taken from is damaged: {damage}"
            );
            return Err(Failure::new(Exit::Failure, message));
        }
        output.note("The master key is not in it: keep a copy of keys/master.key apart from the backups.");
        Ok(())
    }
}
