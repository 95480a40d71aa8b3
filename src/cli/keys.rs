//! `claviger keys`: the master key, under which everything secret in the database is sealed.

use clap::{Args, Subcommand};

use super::failure::Failure;
use super::machine::{Machine, OnThisMachine};
use super::output::Output;
use super::page::{Page, Table};

/// Make, list and replace the master keys of this machine
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

    /// List the master keys of the file, and how much is sealed under each
    List {
        #[command(flatten)]
        place: OnThisMachine,
    },

    /// Make another master key and seal everything again under it
    ///
    /// The old one stays in the file, because digests of client keys and tokens were made under it. Copy the file to
    /// every other node, then restart the servers one after another: each seals under the new key from then on.
    Rotate {
        #[command(flatten)]
        place: OnThisMachine,
    },
}

impl KeysCommand {
    pub fn run(self, machine: &dyn Machine, output: &mut Output) -> Result<(), Failure> {
        match self.act {
            KeysAct::Init { place } => {
                let file = machine.init_keys(&place)?;
                output.line(&format!("The master key is in {}.", file.display()))?;
                output.note(KEEP);
            }
            KeysAct::List { place } => {
                let mut table = Table::new(["ID", "USE", "SEALED UNDER IT"]);
                for key in machine.list_keys(&place)? {
                    let role = if key.seals { "seals and opens" } else { "opens" };
                    table.row([key.id.into(), role.into(), key.sealed.to_string().into()]);
                }
                let mut page = Page::default();
                page.table(&table, "There is no key.");
                output.page(&page)?;
            }
            KeysAct::Rotate { place } => {
                let (id, resealed) = machine.rotate_keys(&place)?;
                output.line(&format!(
                    "The new master key {id} is in place; sealed again under it: {resealed}."
                ))?;
                output.note("Copy the file to every other node, then restart the servers one after another.");
                output.note(KEEP);
            }
        }
        Ok(())
    }
}

const KEEP: &str = "Keep a copy of it apart from the backups of the database: without it they are of no use.";
