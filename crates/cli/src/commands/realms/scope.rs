//! `claviger scope`: the scopes registered in the realm.

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::failure::Failure;
use crate::server::client::{Client, Listed};
use crate::terminal::cell::Cell;
use crate::terminal::output::{Output, Readable};
use crate::terminal::page::{Facts, Page, Table};
use crate::values::list_flags::ListFlags;
use crate::values::shared_flags::SignedIn;

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
    Create {
        /// A scope that is not registered yet
        #[arg(value_name = "TYPE:ACTION|WORD")]
        scope: String,

        /// What it lets its holder do
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },

    /// List the registered scopes
    List {
        #[command(flatten)]
        flags: ListFlags,
    },

    /// Delete a scope; refused while anything uses it
    Delete {
        /// Identifier shown by the `list` command
        #[arg(value_name = "TYPE:ACTION|WORD")]
        scope: String,
    },
}

#[derive(Deserialize)]
struct Scope {
    scope: String,
    description: String,
    created_at: String,
}

const ROUTE: &str = "scopes";

impl ScopeCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "scope", output)?;
        match self.act {
            ScopeAct::Create { scope, description } => {
                let body = json!({ "scope": scope, "description": description.unwrap_or_default() });
                output.answer::<Scope>(&client.create(&[ROUTE], &body)?)
            }
            ScopeAct::List { flags } => {
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query())?, list_page)
            }
            // The receipt is not shown. A scope in use is not deleted, so no token lost anything.
            ScopeAct::Delete { scope } => {
                output.answer_with(&client.delete(&[ROUTE, &scope])?, |page, _: IgnoredAny| {
                    page.heading(format_args!("Deleted the scope {scope}."));
                })
            }
        }
    }
}

impl Readable for Scope {
    fn write(&self, page: &mut Page) {
        page.heading(&self.scope);
        page.facts(
            &Facts::default().text("Description", &self.description).fact("Created", &self.created_at),
        );
    }
}

fn list_page(page: &mut Page, listed: Listed<Scope>) {
    let mut table = Table::new(["SCOPE", "DESCRIPTION"]);
    for scope in &listed.items {
        table.row([scope.scope.as_str().into(), Cell::text_or_dash(&scope.description)]);
    }
    page.table(&table, "No scopes are registered: `claviger scope create` registers one.");
}
