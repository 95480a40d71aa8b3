//! `claviger manual`: writes the manual pages, for `make install` and packages.

use std::path::PathBuf;

use clap::Args;

use claviger_cli::failure::{Exit, Failure};

/// Write a manual page for each command into a folder
#[derive(Debug, Args)]
#[command(hide = true)]
pub struct ManualCommand {
    /// A folder that exists, such as /usr/local/share/man/man1
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl ManualCommand {
    pub fn run(self, command: clap::Command) -> Result<(), Failure> {
        clap_mangen::generate_to(command, &self.folder)
            .map_err(|error| Failure::new(Exit::Failure, format!("{}: {error}", self.folder.display())))
    }
}
