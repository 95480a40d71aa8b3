//! `claviger resource-server`: services that receive tokens and ask whether they are active.

use clap::{Args, Subcommand};
use claviger_api::{CreatedResourceServer, Listed, ResourceServerView};
use serde::Serialize;

use crate::commands::realms::receipt::write_receipt;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::confirmation::{Question, YesFlag};
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::creation::Creation;
use crate::terminal::output::Output;
use crate::terminal::page::{Facts, Page, Table};
use crate::values::identifier::Identifier;
use crate::values::list_flags::ListFlags;
use crate::values::shared_flags::{SignedIn, WaitFlag};

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
    Create(NewResourceServer),

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

        #[command(flatten)]
        wait: WaitFlag,

        #[command(flatten)]
        yes: YesFlag,
    },
}

#[derive(Debug, Args, Serialize)]
pub struct NewResourceServer {
    /// A name that no resource server of the realm has
    name: String,

    /// What `aud` says in tokens that are for it alone: an absolute URI
    #[arg(long, value_name = "URI")]
    audience: String,
}

const ROUTE: &str = "resource-servers";

const CREATION: Creation = Creation {
    object: "resource server",
    secret: "client key",
    remedy: "delete it with `claviger resource-server delete ID`, and create another",
};

impl ResourceServerCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "resource-server", output)?;
        match self.act {
            ResourceServerAct::Create(new) => {
                let answer = client.create(&[ROUTE], &new)?;
                output.created(&CREATION, &answer, |page, created| write_created(page, &created, &client))
            }
            ResourceServerAct::List { flags } => {
                output.answer_with(&client.list(&[ROUTE], flags.limit, &flags.query())?, list_page)
            }
            ResourceServerAct::Delete { id, wait, yes } => {
                let question = Question {
                    act: format!("Delete the resource server {}", id.as_str()),
                    effect: "It can no longer introspect tokens.",
                };
                let confirmed = yes.confirm(&question, &client, None, output)?;
                output.answer_with(
                    &client.delete(&[ROUTE, id.as_str()], wait, &confirmed)?,
                    |page, receipt| {
                        let what = format_args!("Deleted the resource server {}.", id.as_str());
                        write_receipt(page, what, &receipt);
                    },
                )
            }
        }
    }
}

fn write_created(page: &mut Page, created: &CreatedResourceServer, client: &Client) {
    let CreatedResourceServer { server, client_key } = created;
    let introspection = client.oauth_endpoint("introspect");
    page.heading(format_args!("Registered the resource server \"{}\".", server.name));
    page.blank();
    page.facts(
        &Facts::default()
            .fact("Client id", Cell::painted(BOLD, server.client_id))
            .fact("Client key", Cell::painted(BOLD, client_key.expose()))
            .fact("Realm", Cell::painted(BOLD, client.realm()))
            .fact("Audience", &server.audience)
            .fact("Introspection", &introspection),
    );
    page.blank();
    page.warning("The client key is shown only once. If it is lost, delete this server and create another.");
    page.blank();
    page.line("Usage example, with a token in TOKEN:");
    page.line(format_args!(
        " curl -sS {introspection} -u {}:{} -d token=\"$TOKEN\"",
        server.client_id,
        client_key.expose()
    ));
}

fn list_page(page: &mut Page, listed: Listed<ResourceServerView>) {
    let mut table = Table::new(["ID", "NAME", "AUDIENCE", "CREATED"]);
    for server in &listed.items {
        table.row([
            server.id.into(),
            (&server.name).into(),
            (&server.audience).into(),
            server.created_at.into(),
        ]);
    }
    page.table(&table, "There are no resource servers: `claviger resource-server create` registers one.");
}
