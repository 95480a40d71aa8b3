//! `claviger migrate`: brings the tables up to date, or says whether they are.

use clap::Args;

use crate::cli::commands::operator::machine::{Machine, OnThisMachine};
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::output::Output;

/// Migrate the database to the version of this program
///
/// A server does the same at its start: this is for doing it apart from that, or for asking first. Take a backup before.
#[derive(Debug, Args)]
pub struct MigrateCommand {
    /// Change nothing: exit with 0 if the tables are up to date, else with 1
    #[arg(long)]
    check: bool,

    #[command(flatten)]
    place: OnThisMachine,
}

impl MigrateCommand {
    pub fn run(self, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
        if self.check {
            let state = machine.migrations(&self.place)?;
            if let Some(version) = state.unknown.last() {
                let message = format!(
                    "the database was made by a newer claviger: it has migration {version}, which this one does not know"
                );
                return Err(Failure::new(Exit::Failure, message));
            }
            if !state.pending.is_empty() {
                let message = format!(
                    "the tables lack {}: bring them up to date with `claviger migrate`",
                    state.pending.join(", ")
                );
                return Err(Failure::new(Exit::Failure, message));
            }
            return output.line(&up_to_date(&state.applied));
        }
        let (before, after) = machine.migrate(&self.place)?;
        let new: Vec<&String> =
            after.applied.iter().filter(|version| !before.applied.contains(version)).collect();
        for version in new {
            output.line(&format!("Applied {version}."))?;
        }
        output.line(&up_to_date(&after.applied))
    }
}

fn up_to_date(applied: &[String]) -> String {
    format!("The tables are up to date (migration {}).", applied.last().map_or("none", String::as_str))
}
