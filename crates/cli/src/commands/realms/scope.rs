//! `claviger scope`: the scopes registered in the realm.

use clap::{Args, Subcommand};
use claviger_api::{Edited, Listed, ScopeView};
use serde::Serialize;

use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::{Question, RemovalFlags};
use crate::terminal::cell::Cell;
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::terminal::page::{Page, Table};
use crate::values::list_flags::ListFlags;
use crate::values::shared_flags::{SignedIn, WaitFlag};

/// Scopes: permissions that are not bound to one resource
#[derive(Debug, Args)]
pub struct ScopeCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: ScopeAct,
}

#[derive(Debug, Subcommand)]
enum ScopeAct {
    /// Register a scope
    ///
    /// TYPE:ACTION speaks of every resource of that type; a bare WORD stands for itself. What a single resource offers
    /// is registered by `claviger resource`.
    Create(NewScope),

    /// List the registered scopes
    List {
        #[command(flatten)]
        flags: ListFlags,
    },

    /// Change a scope's description
    Edit {
        /// Identifier shown by the `list` command
        #[arg(value_name = "TYPE:ACTION|WORD")]
        scope: String,

        #[command(flatten)]
        edit: ScopeEdit,

        #[command(flatten)]
        wait: WaitFlag,
    },

    /// Delete a scope; refused while anything uses it
    Delete {
        /// Identifier shown by the `list` command
        #[arg(value_name = "TYPE:ACTION|WORD")]
        scope: String,

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        how: RemovalFlags,
    },
}

#[derive(Debug, Args, Serialize)]
pub struct NewScope {
    /// A scope that is not registered yet
    #[arg(value_name = "TYPE:ACTION|WORD")]
    scope: String,

    /// What it lets its holder do
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// A member that is missing remains unchanged.
#[derive(Debug, Args, Serialize)]
#[group(required = true, multiple = true)]
pub struct ScopeEdit {
    /// What it lets its holder do
    #[arg(long, value_name = "TEXT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

const ROUTE: &str = "scopes";

impl ScopeCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "scope", output)?;
        match self.act {
            ScopeAct::Create(new) => output.answer::<Object>(&client.create(&[ROUTE], &new)?),
            ScopeAct::List { flags } => {
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query())?, list_page)
            }
            ScopeAct::Edit { scope, edit, wait } => {
                output.answer::<Edited<Object>>(&client.edit(&[ROUTE, &scope], wait, &edit)?)
            }
            ScopeAct::Delete { scope, wait, how } => {
                let question = Question {
                    act: format!("Delete the scope {scope}"),
                    effect: "No token can have it any more.",
                };
                let change = client.deletion(&[ROUTE, &scope], wait);
                let confirmed = how.confirm(&question, &client, None, change, output)?;
                output.answer_with(&client.carry_out(confirmed)?, |page, receipt| {
                    write_receipt(page, format_args!("Deleted the scope {scope}."), &receipt);
                })
            }
        }
    }
}

fn list_page(page: &mut Page, listed: Listed<ScopeView>) {
    let mut table = Table::new(["SCOPE", "DESCRIPTION"]);
    for scope in &listed.items {
        table.row([(&scope.scope).into(), Cell::text_or_dash(scope.description.as_str())]);
    }
    page.table(&table, "No scopes are registered: `claviger scope create` registers one.");
}
