//! `claviger backup`: a copy of the data that can be restored into either kind of database.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use claviger_cli::failure::{Exit, Failure};
use claviger_cli::terminal::output::Output;
use claviger_cli::terminal::progress::Progress;

use crate::commands::local_server::OnThisMachine;
use crate::operator;

/// Write all data to a file for `claviger restore`; a server may be running
///
/// The backup does not contain the master key and is useless without it: keep a separate copy of keys/master.key.
/// Client keys and tokens are stored as keyed digests, signing keys in sealed form. After writing, the file, the tables
/// and the change log are read back; exits with 1 if any of them cannot be read.
#[derive(Debug, Args)]
pub struct BackupCommand {
    /// A file that does not exist yet, or - for standard output
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    place: OnThisMachine,
}

impl BackupCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let settings = self.place.settings(output)?;
        if output.wants_json() && self.file == Path::new("-") {
            return Err(Failure::usage("standard output cannot hold both the backup and JSON: name a file"));
        }
        let taken = Progress::show("rows", |progress| operator::backup(&settings, &self.file, progress))?;
        let damage = operator::find_damage(&settings)?;
        if output.wants_json() {
            let file = self.file.display().to_string();
            output.json(&json!({ "rows": taken.rows, "position": taken.header.position, "file": file }))?;
        }
        output.note(&format!("Wrote {} rows, as of position {}.", taken.rows, taken.header.position));
        if let Some(damage) = damage {
            let message = format!(
                "the backup is complete and readable, but the database that it was taken from is damaged: {damage}"
            );
            return Err(Failure::new(Exit::Failure, message));
        }
        output.note(
            "The backup does not contain the master key: keep a copy of keys/master.key apart from the backups.",
        );
        Ok(())
    }
}
