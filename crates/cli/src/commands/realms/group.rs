//! `claviger group`: groups, from which members and credentials inherit scopes.

use clap::{Args, Subcommand};
use claviger_api::Edited;
use serde::Serialize;

use crate::commands::realms::group_view::list_page;
use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::{Question, RemovalFlags};
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::values::grant::Grant;
use crate::values::list_flags::ListFlags;
use crate::values::shared_flags::{SignedIn, WaitFlag, emptied_if};

/// Groups: members and credentials inherit their scopes
#[derive(Debug, Args)]
pub struct GroupCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: GroupAct,
}

const CREATE_EXAMPLE: &str = "\
Example:
  claviger group create \"Tech Products\" --responsible \"Platform team\" \\
      --scope source:read-update --resource studio/studio-1:view,edit";

#[derive(Debug, Subcommand)]
enum GroupAct {
    /// Create a group
    #[command(after_help = CREATE_EXAMPLE)]
    Create(NewGroup),

    /// List the realm's groups
    List {
        #[command(flatten)]
        flags: ListFlags,
    },

    /// Show one group
    Show {
        /// The group's name, exactly
        name: String,
    },

    /// Change a group
    ///
    /// --scope and --resource each replace the whole list. A removed scope becomes invalid at once in the tokens of
    /// members and credentials that had it only through this group. Added scopes are in the next token.
    Edit {
        /// The group's name, exactly
        name: String,

        #[command(flatten)]
        edit: GroupEdit,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },

    /// Delete a group; its members and credentials lose its scopes at once
    Delete {
        /// The group's name, exactly
        name: String,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },
}

#[derive(Debug, Args, Serialize)]
pub struct NewGroup {
    /// A name that no group of the realm has
    name: String,

    #[command(flatten)]
    #[serde(flatten)]
    parts: GroupParts,
}

#[derive(Debug, Args, Serialize)]
struct GroupParts {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,

    /// Who answers for it
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    responsible: Option<String>,

    /// A scope that it gives; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,

    /// Actions on one resource that it gives; may be repeated
    #[arg(long = "resource", value_name = "TYPE/NAME:ACTION,…")]
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<Vec<Grant>>,
}

/// An edit needs at least one of them. Flattened flags do not join a group by themselves.
const GROUP_EDIT: [&str; 6] =
    ["description", "responsible", "scopes", "resources", "no_scopes", "no_resources"];

/// A member that is missing remains unchanged.
#[derive(Debug, Args, Serialize)]
#[group(required = true, multiple = true, args = GROUP_EDIT)]
pub struct GroupEdit {
    #[command(flatten)]
    #[serde(flatten)]
    parts: GroupParts,

    /// Give no scope any more
    #[arg(long, conflicts_with = "scopes")]
    #[serde(skip)]
    no_scopes: bool,

    /// Give no resource any more
    #[arg(long, conflicts_with = "resources")]
    #[serde(skip)]
    no_resources: bool,
}

const ROUTE: &str = "groups";

impl GroupCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "group", output)?;
        match self.act {
            GroupAct::Create(new) => output.answer::<Object>(&client.create(&[ROUTE], &new)?),
            GroupAct::List { flags } => {
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query())?, list_page)
            }
            GroupAct::Show { name } => output.answer::<Object>(&client.get(&[ROUTE, &name])?),
            GroupAct::Edit { name, edit, wait, how } => {
                let edit = edit.body();
                let change = client.editing(&[ROUTE, &name], wait, &edit)?;
                let confirmed = how.confirm_edit(&edit, &client, &[ROUTE, &name], change, output)?;
                output.answer::<Edited<Object>>(&client.carry_out(confirmed)?)
            }
            GroupAct::Delete { name, wait, how } => {
                let question = Question {
                    act: format!("Delete the group \"{name}\""),
                    effect: "Its members and credentials lose its scopes at once.",
                };
                let path: [&str; 2] = [ROUTE, &name];
                let change = client.deletion(&path, wait);
                let confirmed = how.confirm(&question, &client, Some(&path), change, output)?;
                output.answer_with(&client.carry_out(confirmed)?, |page, receipt| {
                    write_receipt(page, format_args!("Deleted the group \"{name}\"."), &receipt);
                })
            }
        }
    }
}

impl GroupEdit {
    /// With the lists that are to be empty.
    fn body(mut self) -> Self {
        emptied_if(self.no_scopes, &mut self.parts.scopes);
        emptied_if(self.no_resources, &mut self.parts.resources);
        self
    }
}
