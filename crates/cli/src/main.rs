//! The binary `claviger-cli`, for machines without a server.

use std::process::ExitCode;

use claviger_cli::command_line::CommandLine;
use claviger_cli::run::run;

fn main() -> ExitCode {
    run::<CommandLine>()
}
