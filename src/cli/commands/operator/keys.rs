//! `claviger keys`: the master key, under which everything secret in the database is sealed.

use clap::{Args, Subcommand};

use crate::cli::commands::operator::machine::{Machine, MasterKeyRole, OnThisMachine};
use crate::cli::failure::Failure;
use crate::cli::terminal::output::Output;
use crate::cli::terminal::page::{Page, Table};

/// Create, list and replace the master keys of this machine
#[derive(Debug, Args)]
pub struct KeysCommand {
    #[command(subcommand)]
    act: KeysAct,
}

#[derive(Debug, Subcommand)]
enum KeysAct {
    /// Create the master key if there is none
    ///
    /// Everything secret in the database is sealed under it, so all nodes of one database need the same file, and a
    /// backup of the database is of no use without a backup of it. Only its owner can read it (mode 0600).
    Init {
        #[command(flatten)]
        place: OnThisMachine,
    },

    /// List the master keys of the file, and what depends on each
    List {
        #[command(flatten)]
        place: OnThisMachine,
    },

    /// Replace the master key: add another one, and promote it once every server holds it
    ///
    /// Runs beside the servers; no restart is needed. While a running server does not hold the new key, nothing is
    /// promoted: the command names these servers and exits with 1. Copy the file to them and run it again.
    Rotate {
        #[command(flatten)]
        place: OnThisMachine,
    },

    /// Add a master key to the file; it is not used until it is promoted
    ///
    /// Servers read the file again within a second. A key that was added before and not promoted is named again.
    Add {
        #[command(flatten)]
        place: OnThisMachine,
    },

    /// Promote an added master key: seal all secrets under it
    ///
    /// Refused while a running server does not hold it. Without an ID: the key that was added last.
    Promote {
        /// Id of the master key
        id: Option<String>,

        #[command(flatten)]
        place: OnThisMachine,
    },

    /// Remove a retired master key from the file
    ///
    /// Refused while a signing key is sealed under it, or a live client key or token may have been made under it.
    Remove {
        /// Id of the master key
        id: String,

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
            KeysAct::List { place } => list(machine, &place, output)?,
            KeysAct::Rotate { place } => {
                let id = machine.add_key(&place)?;
                output.note(&format!("Waiting until every running server holds master key {id}."));
                promote(machine, &place, Some(&id), output)?;
            }
            KeysAct::Add { place } => {
                let id = machine.add_key(&place)?;
                output.line(&format!("Master key {id} is in the file; nothing is sealed under it yet."))?;
                output.note(&format!(
                    "Copy the file to every other node, then run `claviger keys promote {id}`."
                ));
                output.note(KEEP);
            }
            KeysAct::Promote { id, place } => promote(machine, &place, id.as_deref(), output)?,
            KeysAct::Remove { id, place } => {
                machine.remove_key(&place, &id)?;
                output.line(&format!("Master key {id} is gone from the file."))?;
                output.note("Remove its line from the files of the other nodes too.");
            }
        }
        Ok(())
    }
}

fn promote(
    machine: &dyn Machine,
    place: &OnThisMachine,
    id: Option<&str>,
    output: &mut Output,
) -> Result<(), Failure> {
    let (id, resealed) = machine.promote_key(place, id)?;
    output.line(&format!("Master key {id} is in use; sealed again under it: {resealed}."))?;
    output.note("`claviger keys list` says what still depends on the keys of before.");
    output.note(KEEP);
    Ok(())
}

fn list(machine: &dyn Machine, place: &OnThisMachine, output: &mut Output) -> Result<(), Failure> {
    let mut table = Table::new(["ID", "USE", "MISSING AT", "SECRETS", "SEALED"]);
    for key in machine.list_keys(place)? {
        let role = match key.role {
            MasterKeyRole::Active => "seals and opens",
            MasterKeyRole::Retired => "opens",
            MasterKeyRole::Added => "opens, not promoted",
        };
        let missing = if key.missing_at.is_empty() { "-".to_owned() } else { key.missing_at.join(", ") };
        table.row([
            key.id.into(),
            role.into(),
            missing.into(),
            key.digests.to_string().into(),
            key.sealed.to_string().into(),
        ]);
    }
    let mut page = Page::default();
    page.table(&table, "There is no key.");
    output.page(&page)?;
    output.note("SECRETS: live client keys and tokens that may have been made under the key.");
    Ok(())
}

const KEEP: &str = "Keep a copy of it apart from the backups of the database: without it they are of no use.";
