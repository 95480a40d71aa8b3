//! `claviger resource`: protected objects, and the actions that they offer.

use clap::{Args, Subcommand};
use claviger_api::{Edited, Listed, ResourceView};
use serde::Serialize;

use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::{Question, RemovalFlags};
use crate::terminal::cell::Cell;
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::terminal::page::{Page, Table};
use crate::values::grant::ResourcePath;
use crate::values::list_flags::ListFlags;
use crate::values::shared_flags::{SignedIn, WaitFlag};

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
    Create(NewResource),

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

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },

    /// Delete a resource; every grant on it ends at once
    Delete {
        /// Identifier shown by the `list` command
        #[arg(value_name = "TYPE/NAME")]
        path: ResourcePath,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },
}

#[derive(Debug, Args, Serialize)]
pub struct NewResource {
    /// A type, and a name that no resource of that type has
    #[arg(value_name = "TYPE/NAME")]
    #[serde(flatten)]
    path: ResourcePath,

    /// The actions that it offers, separated by commas; may be repeated
    #[arg(long = "action", value_name = "ACTION,…", required = true, value_delimiter = ',')]
    actions: Vec<String>,

    /// What it is
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// A member that is missing remains unchanged.
#[derive(Debug, Args, Serialize)]
#[group(required = true, multiple = true)]
pub struct ResourceEdit {
    /// The actions that it offers, instead of those before, separated by commas; may be repeated
    #[arg(long = "action", value_name = "ACTION,…", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Vec<String>>,

    /// What it is
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

const ROUTE: &str = "resources";

impl ResourceCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "resource", output)?;
        match self.act {
            ResourceAct::Create(new) => output.answer::<Object>(&client.create(&[ROUTE], &new)?),
            ResourceAct::List { flags } => {
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query())?, list_page)
            }
            ResourceAct::Show { path } => {
                output.answer::<Object>(&client.get(&[ROUTE, &path.kind, &path.name])?)
            }
            ResourceAct::Edit { path, edit, wait, how } => {
                let change = client.editing(&[ROUTE, &path.kind, &path.name], wait, &edit)?;
                let confirmed =
                    how.confirm_edit(&edit, &client, &[ROUTE, &path.kind, &path.name], change, output)?;
                let answer = client.carry_out(confirmed)?;
                output.answer::<Edited<Object>>(&answer)
            }
            ResourceAct::Delete { path, wait, how } => {
                let question = Question {
                    act: format!("Delete the resource {}/{}", path.kind, path.name),
                    effect: "Every grant on it ends at once.",
                };
                let place: [&str; 3] = [ROUTE, &path.kind, &path.name];
                let change = client.deletion(&place, wait);
                let confirmed = how.confirm(&question, &client, Some(&place), change, output)?;
                let answer = client.carry_out(confirmed)?;
                output.answer_with(&answer, |page, receipt| {
                    let ResourcePath { kind, name } = &path;
                    write_receipt(page, format_args!("Deleted the resource {kind}/{name}."), &receipt);
                })
            }
        }
    }
}

fn list_page(page: &mut Page, listed: Listed<ResourceView>) {
    let mut table = Table::new(["RESOURCE", "ACTIONS", "DESCRIPTION"]);
    for resource in &listed.items {
        table.row([
            format!("{}/{}", resource.r#type, resource.name).into(),
            Cell::joined(&resource.actions),
            Cell::text_or_dash(resource.description.as_str()),
        ]);
    }
    page.table(&table, "There are no resources: `claviger resource create` creates one.");
}
