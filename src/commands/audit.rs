//! `claviger audit`: who did what, and when. Also verifies that the trail was not changed.

use clap::{Args, Subcommand};
use claviger_cli::commands::realms::audit::AuditAct;
use claviger_cli::failure::{Exit, Failure};
use claviger_cli::terminal::output::Output;
use claviger_cli::terminal::progress::Progress;
use serde_json::json;

use crate::commands::local_server::OnThisMachine;
use crate::operator;

/// The audit trail: who did what, and when
#[derive(Debug, Args)]
pub struct AuditCommand {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    #[command(flatten)]
    AtServer(AuditAct),

    /// Verify that no event was changed, removed or added in the local database
    ///
    /// Every event contains a hash over itself and all earlier events. Prints the number of valid events and the last
    /// hash, or names the first invalid event and exits with 1. Also exits with 1 if the change log or the tables
    /// cannot be read. A user with write access to the database can forge the whole trail, so keep a copy of the last
    /// hash elsewhere.
    Verify {
        #[command(flatten)]
        place: OnThisMachine,
    },
}

impl AuditCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self.act {
            Act::AtServer(act) => act.run(output),
            Act::Verify { place } => verify(&place, output),
        }
    }
}

fn verify(place: &OnThisMachine, output: &mut Output) -> Result<(), Failure> {
    let settings = place.settings(output)?;
    let trail = Progress::show("events", |progress| operator::verify_audit(&settings, progress))?;
    if let Some(fault) = trail.fault {
        let fitting = trail.fitting;
        let message =
            format!("the audit trail is invalid: {fault}; the {fitting} events before it are valid");
        return Err(Failure::new(Exit::Failure, message));
    }
    let (fitting, end) = (trail.fitting, trail.end);
    output.report(
        &format!("The audit trail is valid: {fitting} events, the last has the hash {end:?}."),
        &json!({ "valid": true, "events": fitting, "last_hash": format!("{end:?}"), "pruned": trail.pruned }),
    )?;
    if trail.pruned > 0 {
        output.note(&format!("{} older events were removed by retention.", trail.pruned));
    }
    match operator::find_damage(&settings)? {
        Some(damage) => Err(Failure::new(Exit::Failure, format!("other data cannot be read: {damage}"))),
        None => Ok(()),
    }
}
