//! `claviger resource-server`: services that receive tokens and ask whether they are active.

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;

use crate::commands::realms::receipt::Receipt;
use crate::failure::Failure;
use crate::server::client::{Client, Listed};
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::output::Output;
use crate::terminal::page::{Facts, Page, Table};
use crate::values::identifier::Identifier;
use crate::values::list_flags::ListFlags;
use crate::values::shared_flags::SignedIn;

/// Resource servers: services that receive tokens and ask whether they are active
#[derive(Debug, Args)]
pub struct ResourceServerCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: ResourceServerAct,
}

const CREATE_EXAMPLE: &str = "\
Example:
  claviger resource-server create studio-api --audience https://studio.example.org";

#[derive(Debug, Subcommand)]
enum ResourceServerAct {
    /// Register a resource server, and show its client key this once
    #[command(after_help = CREATE_EXAMPLE)]
    Create {
        /// A name that no resource server of the realm has
        name: String,

        /// What `aud` says in tokens that are for it alone: an absolute URI
        #[arg(long, value_name = "URI")]
        audience: String,
    },

    /// List the realm's resource servers
    List {
        #[command(flatten)]
        flags: ListFlags,
    },

    /// Delete a resource server; tokens for its audience become invalid at once
    Delete {
        /// Identifier shown by the `list` command
        #[arg(value_name = "ID")]
        id: Identifier,
    },
}

#[derive(Deserialize)]
struct ResourceServer {
    id: String,
    client_id: String,
    name: String,
    audience: String,
    created_at: String,
}

#[derive(Deserialize)]
struct CreatedServer {
    client_key: String,
    #[serde(flatten)]
    server: ResourceServer,
}

const ROUTE: &str = "resource-servers";

impl ResourceServerCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "resource-server", output)?;
        match self.act {
            ResourceServerAct::Create { name, audience } => {
                let answer = client.create(&[ROUTE], &json!({ "name": name, "audience": audience }))?;
                output.answer_with(&answer, |page, created: CreatedServer| created.write(page, &client))
            }
            ResourceServerAct::List { flags } => {
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query())?, list_page)
            }
            ResourceServerAct::Delete { id } => {
                output.answer_with(&client.delete(&[ROUTE, id.as_str()])?, |page, receipt: Receipt| {
                    receipt.write_as(page, format_args!("Deleted the resource server {}.", id.as_str()));
                })
            }
        }
    }
}

impl CreatedServer {
    fn write(&self, page: &mut Page, client: &Client) {
        let introspection = client.oauth_endpoint("introspect");
        page.heading(format_args!("Registered the resource server \"{}\".", self.server.name));
        page.blank();
        page.facts(
            &Facts::default()
                .fact("Client id", Cell::painted(BOLD, &self.server.client_id))
                .fact("Client key", Cell::painted(BOLD, &self.client_key))
                .fact("Realm", Cell::painted(BOLD, client.realm()))
                .fact("Audience", &self.server.audience)
                .fact("Introspection", &introspection),
        );
        page.blank();
        page.warning(
            "The client key is shown only once. If it is lost, delete this server and create another.",
        );
        page.blank();
        page.line("Usage example, with a token in TOKEN:");
        page.line(format_args!(
            " curl -sS {introspection} -u {}:{} -d token=\"$TOKEN\"",
            self.server.client_id, self.client_key
        ));
    }
}

fn list_page(page: &mut Page, listed: Listed<ResourceServer>) {
    let mut table = Table::new(["ID", "NAME", "AUDIENCE", "CREATED"]);
    for server in &listed.items {
        table.row([
            server.id.as_str().into(),
            server.name.as_str().into(),
            server.audience.as_str().into(),
            server.created_at.as_str().into(),
        ]);
    }
    page.table(&table, "There are no resource servers: `claviger resource-server create` registers one.");
}
