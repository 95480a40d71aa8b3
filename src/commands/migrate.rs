//! `claviger migrate`: migrates the tables, or reports whether they are up to date.

use clap::Args;
use serde_json::json;

use claviger_cli::failure::{Exit, Failure};
use claviger_cli::terminal::output::Output;

use crate::commands::local_server::OnThisMachine;
use crate::operator;

/// Migrate the database to the version of this program
///
/// A server migrates at its start. Use this command to migrate separately, or with --check to see whether a migration
/// is needed. Make a backup before.
#[derive(Debug, Args)]
pub struct MigrateCommand {
    /// Change nothing: exit with 0 if the tables are up to date, else with 1
    #[arg(long)]
    check: bool,

    #[command(flatten)]
    place: OnThisMachine,
}

impl MigrateCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let settings = self.place.settings(output)?;
        if self.check {
            let state = operator::migration_state(&settings)?;
            if let Some(version) = state.unknown.last() {
                let message = format!(
                    "the database was created by a newer claviger: it has migration {version}, which this version \
                     does not know"
                );
                return Err(Failure::new(Exit::Failure, message));
            }
            if !state.pending.is_empty() {
                let message = format!(
                    "the tables lack {}: migrate them with `claviger migrate`",
                    state.pending.join(", ")
                );
                return Err(Failure::new(Exit::Failure, message));
            }
            return report(&[], &state.applied, output);
        }
        let (before, after) = operator::migrate(&settings)?;
        let new: Vec<&String> =
            after.applied.iter().filter(|version| !before.applied.contains(version)).collect();
        report(&new, &after.applied, output)
    }
}

fn report(new: &[&String], applied: &[String], output: &mut Output) -> Result<(), Failure> {
    let mut sentences: String = new.iter().map(|version| format!("Applied {version}.\n")).collect();
    let last = applied.last().map_or("none", String::as_str);
    sentences.push_str(&format!("The tables are up to date (migration {last})."));
    output.report(&sentences, &json!({ "applied": new, "migration": applied.last() }))
}
