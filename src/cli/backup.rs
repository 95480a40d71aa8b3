//! `claviger backup`: a copy of the data that either database can be filled from.

use std::path::PathBuf;

use clap::Args;

use super::failure::Failure;
use super::machine::{Machine, OnThisMachine};
use super::output::Output;
use super::progress::Progress;

/// Write all data into a file that `claviger restore` reads, while a server runs or not
///
/// The master key is not in it, and without that the backup is of no use: keep a copy of keys/master.key apart from it.
/// Client keys and tokens are in it as keyed digests, signing keys as sealed bytes.
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
        output.note("The master key is not in it: keep a copy of keys/master.key apart from the backups.");
        Ok(())
    }
}
