//! `claviger openapi`: the API's description of itself, without a server.

use clap::Args;

use crate::cli::commands::operator::machine::Machine;
use crate::cli::failure::Failure;
use crate::cli::terminal::output::Output;

/// Print the OpenAPI 3.1 document, as a server has it at /api/openapi.json
#[derive(Debug, Args)]
pub struct OpenapiCommand {}

impl OpenapiCommand {
    pub fn run(self, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
        let Self {} = self;
        output.line(&machine.openapi())
    }
}
