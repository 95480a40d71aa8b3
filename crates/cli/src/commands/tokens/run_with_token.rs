//! `claviger run`: runs another command with a fresh token in its environment.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::Command;

use clap::Args;

use crate::failure::{Exit, Failure};
use crate::server::fresh_token::TokenOrder;
use crate::terminal::output::Output;
use crate::values::shared_flags::Place;

const EXAMPLE: &str = "\
Example:
  claviger run --scope targets:read -- ./deploy.sh

The command finds the token in CLAVIGER_TOKEN; the client key is not in its environment.";

/// Run a command with a fresh token in its environment
///
/// The command takes the place of this one: its exit code is what is returned, signals reach it, and shells report its
/// end by signal N as 128+N. If it is not found the exit code is 127, and 126 if it cannot be started.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct RunCommand {
    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    order: TokenOrder,

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl RunCommand {
    /// Returns only if the command could not be started.
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let fresh = self.order.fetch(&self.place, output)?;
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(Failure::usage("give the command to run after --"));
        };
        let error = Command::new(program).args(arguments).env("CLAVIGER_TOKEN", fresh.token.expose()).exec();
        let exit = match error.kind() {
            ErrorKind::NotFound => Exit::CommandNotFound,
            _ => Exit::NotExecutable,
        };
        let program = program.to_string_lossy();
        Err(Failure::new(exit, format!("\"{program}\" cannot be started: {error}")))
    }
}
