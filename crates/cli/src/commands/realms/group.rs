//! `claviger group`: groups, from which members and credentials inherit scopes.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::commands::realms::group_view::{EditedGroup, Group, list_page};
use crate::commands::realms::receipt::Receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::terminal::output::Output;
use crate::values::grant::Grant;
use crate::values::list_flags::ListFlags;
use crate::values::shared_flags::{SignedIn, replacement};

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
    Create {
        /// A name that no group of the realm has
        name: String,

        #[command(flatten)]
        parts: GroupParts,
    },

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
    },

    /// Delete a group; its members and credentials lose its scopes at once
    Delete {
        /// The group's name, exactly
        name: String,
    },
}

#[derive(Debug, Args)]
struct GroupParts {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// Who answers for it
    #[arg(long, value_name = "TEXT")]
    responsible: Option<String>,

    /// A scope that it gives; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,

    /// Actions on one resource that it gives; may be repeated
    #[arg(long = "resource", value_name = "TYPE/NAME:ACTION,…")]
    resources: Vec<Grant>,
}

/// An edit needs at least one of them. Flattened flags do not join a group by themselves.
const GROUP_EDIT: [&str; 6] =
    ["description", "responsible", "scopes", "resources", "no_scopes", "no_resources"];

#[derive(Debug, Args)]
#[group(required = true, multiple = true, args = GROUP_EDIT)]
struct GroupEdit {
    #[command(flatten)]
    parts: GroupParts,

    /// Give no scope any more
    #[arg(long, conflicts_with = "scopes")]
    no_scopes: bool,

    /// Give no resource any more
    #[arg(long, conflicts_with = "resources")]
    no_resources: bool,
}

#[derive(Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    responsible: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<Vec<Grant>>,
}

const ROUTE: &str = "groups";

impl GroupCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "group", output)?;
        match self.act {
            GroupAct::Create { name, parts } => {
                let body = Body { name: Some(name), ..GroupEdit::adding(parts).body() };
                output.answer::<Group>(&client.create(&[ROUTE], &body)?)
            }
            GroupAct::List { flags } => {
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query())?, list_page)
            }
            GroupAct::Show { name } => output.answer::<Group>(&client.get(&[ROUTE, &name])?),
            GroupAct::Edit { name, edit } => {
                output.answer::<EditedGroup>(&client.edit(&[ROUTE, &name], &edit.body())?)
            }
            GroupAct::Delete { name } => {
                output.answer_with(&client.delete(&[ROUTE, &name])?, |page, receipt: Receipt| {
                    receipt.write_as(page, format_args!("Deleted the group \"{name}\"."));
                })
            }
        }
    }
}

impl GroupEdit {
    fn adding(parts: GroupParts) -> Self {
        Self { parts, no_scopes: false, no_resources: false }
    }

    fn body(self) -> Body {
        Body {
            name: None,
            description: self.parts.description,
            responsible: self.parts.responsible,
            scopes: replacement(self.parts.scopes, self.no_scopes),
            resources: replacement(self.parts.resources, self.no_resources),
        }
    }
}
