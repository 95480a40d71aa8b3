//! `claviger source`: what uses source credentials.

use clap::{Args, Subcommand};
use claviger_api::{Edited, Listed, SourceStatus, SourceView};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::commands::realms::deletion::{Deleted, Deletion};
use crate::failure::Failure;
use crate::server::client::Client;
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::terminal::page::{Page, Table};
use crate::values::identifier::Reference;
use crate::values::list_flags::{ListFlags, StatusFlag};
use crate::values::shared_flags::{ListedId, SignedIn, WaitFlag};

/// Sources: what uses source credentials
#[derive(Debug, Args)]
pub struct SourceCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: SourceAct,
}

const CREATE_EXAMPLE: &str = "\
Example:
  claviger source create backend --credential 0198a1c0-… --settings '{\"repository\": \"acme/backend\"}'";

#[derive(Debug, Subcommand)]
enum SourceAct {
    /// Create a source that uses a source credential
    #[command(after_help = CREATE_EXAMPLE)]
    Create(NewSource),

    /// List the realm's sources
    List {
        #[command(flatten)]
        flags: ListFlags,

        #[command(flatten)]
        status: StatusFlag,

        /// Filter by the source credential
        #[arg(long, value_name = "ID|NAME")]
        credential: Option<Reference>,
    },

    /// Show one source
    Show(ListedId),

    /// Change a source; another credential starts a stopped one again
    Edit {
        #[command(flatten)]
        id: ListedId,

        #[command(flatten)]
        edit: SourceEdit,

        #[command(flatten)]
        wait: WaitFlag,
    },

    /// Read the list of a source from its provider, and record what came of it
    ///
    /// As the server does by itself, where its setting vault_pull_minutes is on.
    Pull(ListedId),

    /// Delete a source; it is not resolved any more
    Delete(Deletion),
}

#[derive(Debug, Args, Serialize)]
pub struct NewSource {
    /// A name that no source of the realm has
    name: String,

    /// The source credential that it uses
    #[arg(long = "credential", value_name = "ID|NAME")]
    source_credential_id: String,

    /// What its pipelines need to know, as a JSON object; never a secret
    #[arg(long, value_name = "JSON", value_parser = settings)]
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Map<String, Value>>,
}

/// A member that is missing remains unchanged.
#[derive(Debug, Args, Serialize)]
#[group(required = true, multiple = true)]
pub struct SourceEdit {
    /// A name that no other source of the realm has
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,

    /// Another source credential of the same type
    #[arg(long = "credential", value_name = "ID|NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    source_credential_id: Option<String>,

    /// What its pipelines need to know, as a JSON object; never a secret
    #[arg(long, value_name = "JSON", value_parser = settings)]
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<Map<String, Value>>,
}

fn settings(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("must be a JSON object: {error}"))
}

const ROUTE: &str = "sources";
const CREDENTIALS: &str = "source-credentials";

const DELETED: Deleted =
    Deleted { route: ROUTE, noun: "source", effect: "Pipelines cannot resolve it any more.", has_page: true };

impl SourceCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "source", output)?;
        match self.act {
            SourceAct::Create(mut new) => {
                new.source_credential_id = credential_id(&client, &new.source_credential_id)?;
                output.answer::<Object>(&client.create(&[ROUTE], &new)?)
            }
            SourceAct::List { flags, status, credential } => {
                let mut query = flags.query_with(status);
                if let Some(credential) = credential {
                    let id = client.find(CREDENTIALS, &credential)?;
                    query.push(("source_credential_id", id.as_str().to_owned()));
                }
                output.answer_with(&client.list(&[ROUTE], flags.limit, &query)?, list_page)
            }
            SourceAct::Show(listed) => {
                let id = client.find(ROUTE, &listed.id)?;
                output.answer::<Object>(&client.get(&[ROUTE, id.as_str()])?)
            }
            SourceAct::Edit { id, mut edit, wait } => {
                let id = client.find(ROUTE, &id.id)?;
                if let Some(credential) = &edit.source_credential_id {
                    edit.source_credential_id = Some(credential_id(&client, credential)?);
                }
                output.answer::<Edited<Object>>(&client.edit(&[ROUTE, id.as_str()], wait, &edit)?)
            }
            SourceAct::Pull(listed) => {
                let id = client.find(ROUTE, &listed.id)?;
                output.answer::<Object>(&client.post(&[ROUTE, id.as_str(), "pull"])?)
            }
            SourceAct::Delete(deletion) => deletion.run(&DELETED, &client, output),
        }
    }
}

fn credential_id(client: &Client, typed: &str) -> Result<String, Failure> {
    let credential: Reference = typed.parse().map_err(Failure::usage)?;
    Ok(client.find(CREDENTIALS, &credential)?.as_str().to_owned())
}

fn list_page(page: &mut Page, listed: Listed<SourceView>) {
    let mut table = Table::new(["ID", "NAME", "TYPE", "STATUS", "CREDENTIAL", "CHANGED"]);
    for source in &listed.items {
        let status = match source.status {
            SourceStatus::Active => "active".to_owned(),
            SourceStatus::Stopped => {
                format!("stopped: {}", source.stopped_reason.as_deref().unwrap_or_default())
            }
        };
        table.row([
            source.id.into(),
            (&source.name).into(),
            source.source_type.to_string().into(),
            status.into(),
            source.source_credential_id.into(),
            source.updated_at.into(),
        ]);
    }
    page.table(&table, "There are no sources: `claviger source create` makes one.");
}
