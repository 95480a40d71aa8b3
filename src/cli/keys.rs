//! `claviger keys`: the master key, under which everything secret in the database is sealed.

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::machine::{Machine, OnThisMachine};
use super::output::Output;

/// Make the master key of this machine
#[derive(Debug, Args)]
pub struct KeysCommand {
    #[command(subcommand)]
    act: KeysAct,
}

#[derive(Debug, Subcommand)]
enum KeysAct {
    /// Make the master key, where there is none
    ///
    /// Everything secret in the database is sealed under it, so all nodes of one database need the same file, and a
    /// backup of the database is of no use without a backup of it. Only its owner can read it (mode 0600).
    Init {
        #[command(flatten)]
        place: OnThisMachine,
    },
}

impl KeysCommand {
    pub fn run(self, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
        let KeysAct::Init { place } = self.act;
        let file = machine.init_keys(&place)?;
        output.line(&format!("The master key is in {}.", file.display()))?;
        output
            .note("Keep a copy of it apart from the backups of the database: without it they are of no use.");
        Ok(())
    }
}
