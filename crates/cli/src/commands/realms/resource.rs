//! `claviger resource`: protected objects, and the actions that they offer.

use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};

use crate::commands::realms::receipt::Receipt;
use crate::failure::Failure;
use crate::server::client::{Client, Listed};
use crate::terminal::cell::Cell;
use crate::terminal::output::{Output, Readable};
use crate::terminal::page::{Facts, Page, Table};
use crate::values::grant::ResourcePath;
use crate::values::list_flags::ListFlags;
use crate::values::shared_flags::{SignedIn, replacement};

/// Resources: protected things, and the actions that they offer
#[derive(Debug, Args)]
pub struct ResourceCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: ResourceAct,
}

const CREATE_EXAMPLE: &str = "\
Example: tokens may then carry studio/studio-1:view
  claviger resource create studio/studio-1 --action view,edit";

#[derive(Debug, Subcommand)]
enum ResourceAct {
    /// Create a resource
    #[command(after_help = CREATE_EXAMPLE)]
    Create {
        /// A type, and a name that no resource of that type has
        #[arg(value_name = "TYPE/NAME")]
        path: ResourcePath,

        /// The actions that it offers, separated by commas; may be repeated
        #[arg(long = "action", value_name = "ACTION,…", required = true, value_delimiter = ',')]
        actions: Vec<String>,

        /// What it is
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },

    /// List the realm's resources
    List {
        #[command(flatten)]
        flags: ListFlags,
    },

    /// Show one resource
    Show {
        /// Identifier shown by the `list` command
        #[arg(value_name = "TYPE/NAME")]
        path: ResourcePath,
    },

    /// Change a resource
    ///
    /// --action replaces the whole list. A removed action is also removed from every group and credential, and becomes
    /// invalid at once in their tokens.
    Edit {
        /// Identifier shown by the `list` command
        #[arg(value_name = "TYPE/NAME")]
        path: ResourcePath,

        #[command(flatten)]
        edit: ResourceEdit,
    },

    /// Delete a resource; every grant on it ends at once
    Delete {
        /// Identifier shown by the `list` command
        #[arg(value_name = "TYPE/NAME")]
        path: ResourcePath,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct ResourceEdit {
    /// The actions that it offers, instead of those before, separated by commas; may be repeated
    #[arg(long = "action", value_name = "ACTION,…", value_delimiter = ',')]
    actions: Vec<String>,

    /// What it is
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

#[derive(Serialize)]
struct CreateBody {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    #[serde(flatten)]
    parts: EditBody,
}

#[derive(Serialize)]
struct EditBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    description: String,
    actions: Vec<String>,
    created_at: String,
    updated_at: String,
}

#[derive(Deserialize)]
struct EditedResource {
    #[serde(flatten)]
    resource: Resource,
    receipt: Option<Receipt>,
}

const ROUTE: &str = "resources";

impl ResourceCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "resource", output)?;
        match self.act {
            ResourceAct::Create { path, actions, description } => {
                let parts = EditBody { description, actions: Some(actions) };
                let body = CreateBody { kind: path.kind, name: path.name, parts };
                output.answer::<Resource>(&client.create(&[ROUTE], &body)?)
            }
            ResourceAct::List { flags } => {
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query())?, list_page)
            }
            ResourceAct::Show { path } => {
                output.answer::<Resource>(&client.get(&[ROUTE, &path.kind, &path.name])?)
            }
            ResourceAct::Edit { path, edit } => {
                let body =
                    EditBody { description: edit.description, actions: replacement(edit.actions, false) };
                let answer = client.edit(&[ROUTE, &path.kind, &path.name], &body)?;
                output.answer_with(&answer, |page, edited: EditedResource| {
                    edited.resource.write(page);
                    Receipt::write_after_edit(edited.receipt.as_ref(), page);
                })
            }
            ResourceAct::Delete { path } => {
                let answer = client.delete(&[ROUTE, &path.kind, &path.name])?;
                output.answer_with(&answer, |page, receipt: Receipt| {
                    let ResourcePath { kind, name } = &path;
                    receipt.write_as(page, format_args!("Deleted the resource {kind}/{name}."));
                })
            }
        }
    }
}

impl Readable for Resource {
    fn write(&self, page: &mut Page) {
        page.heading(format_args!("{}/{}", self.kind, self.name));
        page.facts(
            &Facts::default()
                .text("Description", &self.description)
                .list("Actions", &self.actions)
                .fact("Created", &self.created_at)
                .fact("Changed", &self.updated_at),
        );
    }
}

fn list_page(page: &mut Page, listed: Listed<Resource>) {
    let mut table = Table::new(["RESOURCE", "ACTIONS", "DESCRIPTION"]);
    for resource in &listed.items {
        table.row([
            format!("{}/{}", resource.kind, resource.name).into(),
            Cell::joined(&resource.actions),
            Cell::text_or_dash(&resource.description),
        ]);
    }
    page.table(&table, "There are no resources: `claviger resource create` creates one.");
}
