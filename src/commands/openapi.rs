//! `claviger openapi`: prints the OpenAPI document without a server.

use clap::Args;

use claviger_cli::failure::Failure;
use claviger_cli::terminal::output::Output;

use crate::serve;

/// Print the OpenAPI 3.1 document that a server serves at /api/openapi.json
#[derive(Debug, Args)]
pub struct OpenapiCommand {}

impl OpenapiCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let Self {} = self;
        output.line(&serve::openapi())
    }
}
