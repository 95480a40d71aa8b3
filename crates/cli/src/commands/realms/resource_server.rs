//! `claviger resource-server`: services that receive tokens and ask whether they are active.

use clap::{Args, Subcommand};
use claviger_api::{CreatedResourceServer, Listed, ObservedResourceServer, RenewedResourceServer};
use serde::Serialize;

use crate::commands::credentials::credential_view::write_replaced;
use crate::commands::realms::deletion::{Deleted, Deletion};
use crate::commands::realms::receipt::refuses;
use crate::failure::Failure;
use crate::server::client::Client;
use crate::server::client_renewal::ClientRenewal;
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::creation::Creation;
use crate::terminal::output::{Output, Readable};
use crate::terminal::page::{Facts, Page, Table};
use crate::values::list_flags::ListFlags;
use crate::values::shared_flags::{ListedId, SignedIn};

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

const RENEW_EXAMPLE: &str = "\
Example: there is an hour to install the new key
  claviger resource-server renew 0198a1c0-… --overlap 1h";

#[derive(Debug, Subcommand)]
enum ResourceServerAct {
    /// Register a resource server, and show its client key this once
    #[command(after_help = CREATE_EXAMPLE)]
    Create(NewResourceServer),

    /// List the realm's resource servers, and how soon each refuses a revoked token
    ///
    /// The tier is observed, not configured. T0: it asks this server about each token, and refuses a revoked one at
    /// once. T1: it follows revocations, and a revocation waits for its instances. T3: it was not seen within a day,
    /// and may accept a revoked token until that expires.
    List {
        #[command(flatten)]
        flags: ListFlags,
    },

    /// Show a resource server, and how soon it refuses a revoked token
    Show(ListedId),

    /// Replace a resource server by one with a new id and key, and show the key this once
    ///
    /// The successor has the same name and audience. Tokens for the audience stay valid, and both keys can introspect
    /// them until the end of the overlap.
    #[command(after_help = RENEW_EXAMPLE)]
    Renew(ClientRenewal),

    /// Delete a resource server; tokens for its audience become invalid at once
    Delete(Deletion),
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

const DELETED: Deleted = Deleted {
    route: ROUTE,
    noun: "resource server",
    effect: "It can no longer introspect tokens.",
    has_page: false,
};

const CREATION: Creation = Creation {
    object: "resource server",
    secret: "client key",
    remedy: "get a successor with a new key with `claviger resource-server renew ID`",
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
            ResourceServerAct::Show(ListedId { id }) => {
                let id = client.find(ROUTE, &id)?;
                output.answer::<ObservedResourceServer>(&client.get(&[ROUTE, id.as_str()])?)
            }
            ResourceServerAct::Renew(renewal) => {
                let effect = "Its key is refused at once; the service cannot introspect without the new key.";
                let answer = renewal.request(&client, ROUTE, ("resource server", effect), output)?;
                output.created(&CREATION, &answer, |page, renewed: RenewedResourceServer| {
                    write_created(page, &renewed.created, &client);
                    page.blank();
                    let old = renewed.created.server.replaces.map(|old| old.to_string());
                    let receipt = renewed.receipt.as_ref();
                    write_replaced(page, "id and key", old, receipt, renewal.overlap());
                })
            }
            ResourceServerAct::Delete(deletion) => deletion.run(&DELETED, &client, output),
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
    page.warning("The client key is shown only once. If it is lost, renew this server to get another.");
    page.blank();
    page.line("Usage example, with a token in TOKEN:");
    page.line(format_args!(
        " curl -sS {introspection} -u {}:{} -d token=\"$TOKEN\"",
        server.client_id,
        client_key.expose()
    ));
}

impl Readable for ObservedResourceServer {
    fn write(&self, page: &mut Page) {
        let server = &self.server;
        page.heading(&server.name);
        page.facts(
            &Facts::default()
                .fact("Client id", server.client_id)
                .fact("Audience", &server.audience)
                .fact("Tier", self.tier.as_str())
                .fact("Refuses revoked tokens", refuses(self.tier))
                .fact("Instances that follow revocations", self.instances)
                .fact("Last seen", Cell::or_never(self.last_heard_at))
                .fact("Created", server.created_at)
                .fact_if("Replaces", server.replaces)
                .fact("Ends", Cell::or_never(server.overlap_ends_at)),
        );
    }
}

fn list_page(page: &mut Page, listed: Listed<ObservedResourceServer>) {
    let mut table = Table::new(["ID", "NAME", "AUDIENCE", "TIER", "INSTANCES", "LAST SEEN", "ENDS"]);
    for observed in &listed.items {
        let server = &observed.server;
        table.row([
            server.id.into(),
            (&server.name).into(),
            (&server.audience).into(),
            observed.tier.as_str().into(),
            observed.instances.into(),
            Cell::or_never(observed.last_heard_at),
            Cell::or_never(server.overlap_ends_at),
        ]);
    }
    page.table(&table, "There are no resource servers: `claviger resource-server create` registers one.");
}
