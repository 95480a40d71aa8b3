//! `claviger keys`: the master key, which seals all secrets in the database.

use clap::{Args, Subcommand};
use serde_json::json;

use claviger_cli::failure::Failure;
use claviger_cli::server::confirmation::{Question, YesFlag};
use claviger_cli::terminal::output::Output;
use claviger_cli::terminal::page::{Page, Table};
use claviger_cli::terminal::progress::Progress;

use crate::commands::local_server::OnThisMachine;
use crate::operator::{self, MasterKeyRole};

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

    /// Replace the master key: add a key, and promote it once all servers have it
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
    /// Refused while a signing key or a source credential is sealed under it, or while an active client key or token may depend on it.
    Remove {
        /// Id of the master key
        id: String,

        #[command(flatten)]
        yes: YesFlag,

        #[command(flatten)]
        place: OnThisMachine,
    },
}

impl KeysCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self.act {
            KeysAct::Init { place } => {
                let file = operator::init_keys(&place.settings(output)?)?;
                let file = file.display().to_string();
                output.report(&format!("The master key is in {file}."), &json!({ "file": file }))?;
                output.note(KEEP);
            }
            KeysAct::List { place } => list(&place, output)?,
            KeysAct::Rotate { place } => {
                let id = operator::add_key(&place.settings(output)?)?;
                output.note(&format!("Waiting until every running server holds master key {id}."));
                promote(&place, Some(&id), output)?;
            }
            KeysAct::Add { place } => {
                let id = operator::add_key(&place.settings(output)?)?;
                output.report(
                    &format!("Master key {id} is in the file; nothing is sealed under it yet."),
                    &json!({ "id": id }),
                )?;
                output.note(&format!(
                    "Copy the file to every other node, then run `claviger keys promote {id}`."
                ));
                output.note(KEEP);
            }
            KeysAct::Promote { id, place } => promote(&place, id.as_deref(), output)?,
            KeysAct::Remove { id, yes, place } => {
                let question = Question {
                    act: format!("Remove the master key {id} from the file"),
                    effect: "What is sealed under it alone, such as an old backup, cannot be opened without another copy.",
                };
                yes.confirm_here(&question, output)?;
                operator::remove_key(&place.settings(output)?, &id)?;
                output.report(&format!("Removed master key {id} from the file."), &json!({ "id": id }))?;
                output.note("Remove its line from the files of the other nodes too.");
            }
        }
        Ok(())
    }
}

fn promote(place: &OnThisMachine, id: Option<&str>, output: &mut Output) -> Result<(), Failure> {
    let settings = place.settings(output)?;
    let promoted = Progress::show("secrets", |progress| operator::promote_key(&settings, id, progress))?;
    output.report(
        &format!(
            "Master key {} is in use; secrets sealed under it again: {}.",
            promoted.id, promoted.resealed
        ),
        &json!({ "id": promoted.id, "resealed": promoted.resealed }),
    )?;
    output.note("`claviger keys list` shows what still depends on the earlier keys.");
    output.note(KEEP);
    Ok(())
}

fn list(place: &OnThisMachine, output: &mut Output) -> Result<(), Failure> {
    let mut table = Table::new(["ID", "USE", "MISSING AT", "SECRETS", "SEALED"]);
    let mut listed = Vec::new();
    for key in operator::list_keys(&place.settings(output)?)? {
        let role = match key.role {
            MasterKeyRole::Active => "seals and opens",
            MasterKeyRole::Retired => "opens",
            MasterKeyRole::Added => "opens, not promoted",
        };
        listed.push(json!({
            "id": key.id, "use": role, "missing_at": key.missing_at, "secrets": key.digests, "sealed": key.sealed,
        }));
        let missing = if key.missing_at.is_empty() { "-".to_owned() } else { key.missing_at.join(", ") };
        table.row([
            key.id.into(),
            role.into(),
            missing.into(),
            key.digests.to_string().into(),
            key.sealed.to_string().into(),
        ]);
    }
    if output.wants_json() {
        return output.json(&json!({ "items": listed }));
    }
    let mut page = Page::default();
    page.table(&table, "There are no master keys.");
    output.page(&page)?;
    output.note("SECRETS: valid client keys and tokens that may depend on the key.");
    Ok(())
}

const KEEP: &str =
    "Keep a copy of the file apart from the backups of the database: they cannot be used without it.";
