//! `claviger webhook`: who is told of events, and what was sent.

use clap::{Args, Subcommand};
use claviger_api::{Edited, Listed, WebhookDeliveryView, WebhookView, WebhookWithSecret};

use crate::commands::realms::deletion::{Deleted, Deletion};
use crate::commands::webhooks::listen::ListenCommand;
use crate::commands::webhooks::webhook_flags::{NewWebhook, WebhookEdit, WebhookRotation};
use crate::failure::Failure;
use crate::server::client::Client;
use crate::terminal::cell::{BOLD, Cell};
use crate::terminal::creation::Creation;
use crate::terminal::object::Object;
use crate::terminal::output::Output;
use crate::terminal::page::{Facts, Page, Table};
use crate::values::identifier::Identifier;
use crate::values::list_flags::{ListFlags, StatusFlag};
use crate::values::shared_flags::{ListedId, SignedIn, WaitFlag};

/// Webhooks: who is told of events, such as the end of a credential
#[derive(Debug, Args)]
pub struct WebhookCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: WebhookAct,
}

const CREATE_EXAMPLE: &str = "\
Example:
  claviger webhook create pager --to https://hooks.example.com/claviger --event service_credential.expiring

Without --event it is told of all events.";

#[derive(Debug, Subcommand)]
enum WebhookAct {
    #[command(flatten)]
    AtServer(ServerAct),

    Listen(ListenCommand),
}

#[derive(Debug, Subcommand)]
enum ServerAct {
    /// Create a webhook; its secret is shown only once
    #[command(after_help = CREATE_EXAMPLE)]
    Create(NewWebhook),

    /// List the realm's webhooks
    List {
        #[command(flatten)]
        flags: ListFlags,

        #[command(flatten)]
        status: StatusFlag,
    },

    /// Show one webhook; its secret is never shown
    Show(ListedId),

    /// Change a webhook
    Edit {
        #[command(flatten)]
        id: ListedId,

        #[command(flatten)]
        edit: WebhookEdit,

        #[command(flatten)]
        wait: WaitFlag,
    },

    /// Delete a webhook, with what waits for it and its delivery log
    Delete(Deletion),

    /// Send a test event now, and tell what happened
    Test(ListedId),

    /// Create another secret, which is shown only once; for a while both sign
    RotateSecret {
        #[command(flatten)]
        id: ListedId,

        #[command(flatten)]
        rotation: WebhookRotation,
    },

    /// List what was sent to a webhook or waits for it
    Deliveries {
        #[command(flatten)]
        id: ListedId,

        #[command(flatten)]
        flags: ListFlags,

        #[command(flatten)]
        status: StatusFlag,
    },

    /// Show one delivery with its attempts
    Delivery {
        #[command(flatten)]
        id: ListedId,

        /// Identifier shown by the `deliveries` command
        #[arg(value_name = "DELIVERY")]
        delivery: Identifier,
    },

    /// Send a delivery again, under the same message id
    Resend {
        #[command(flatten)]
        id: ListedId,

        /// Identifier shown by the `deliveries` command
        #[arg(value_name = "DELIVERY")]
        delivery: Identifier,
    },
}

const ROUTE: &str = "webhooks";

const DELETED: Deleted = Deleted {
    route: ROUTE,
    noun: "webhook",
    effect: "What waits for it is not sent, and its delivery log is deleted.",
    has_page: true,
};

const CREATION: Creation = Creation {
    object: "webhook",
    secret: "secret",
    remedy: "get another with `claviger webhook rotate-secret ID --overlap 0s`, or remove it with `claviger webhook \
             delete ID`",
};

impl WebhookCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let act = match self.act {
            WebhookAct::AtServer(act) => act,
            WebhookAct::Listen(listen) => return listen.run(self.server.place.json, output),
        };
        let client = Client::connect(self.server, "webhook", output)?;
        match act {
            ServerAct::Create(new) => {
                let answer = client.create(&[ROUTE], &new)?;
                output.created(&CREATION, &answer, |page, created| {
                    write_secret(page, "Created the webhook", &created);
                })
            }
            ServerAct::List { flags, status } => {
                let query = flags.query_with(status);
                output.answer_with(&client.list(&[ROUTE], flags.limit, &query)?, list_page)
            }
            ServerAct::Show(listed) => {
                let id = client.find(ROUTE, &listed.id)?;
                output.answer::<Object>(&client.get(&[ROUTE, id.as_str()])?)
            }
            ServerAct::Edit { id, edit, wait } => {
                let id = client.find(ROUTE, &id.id)?;
                output.answer::<Edited<Object>>(&client.edit(&[ROUTE, id.as_str()], wait, &edit.body())?)
            }
            ServerAct::Delete(deletion) => deletion.run(&DELETED, &client, output),
            ServerAct::Test(listed) => {
                let id = client.find(ROUTE, &listed.id)?;
                output.answer::<Object>(&client.post(&[ROUTE, id.as_str(), "test"])?)
            }
            ServerAct::RotateSecret { id, rotation } => {
                let id = client.find(ROUTE, &id.id)?;
                let answer = client.create(&[ROUTE, id.as_str(), "rotate"], &rotation)?;
                output.created(&CREATION, &answer, |page, created| {
                    write_secret(page, "Created another secret of the webhook", &created);
                })
            }
            ServerAct::Deliveries { id, flags, status } => {
                let id = client.find(ROUTE, &id.id)?;
                let query = flags.query_with(status);
                let answer = client.list(&[ROUTE, id.as_str(), "deliveries"], flags.limit, &query)?;
                output.answer_with(&answer, deliveries_page)
            }
            ServerAct::Delivery { id, delivery } => {
                let id = client.find(ROUTE, &id.id)?;
                let path = [ROUTE, id.as_str(), "deliveries", delivery.as_str()];
                output.answer::<Object>(&client.get(&path)?)
            }
            ServerAct::Resend { id, delivery } => {
                let id = client.find(ROUTE, &id.id)?;
                let path = [ROUTE, id.as_str(), "deliveries", delivery.as_str(), "resend"];
                output.answer::<Object>(&client.post(&path)?)
            }
        }
    }
}

fn write_secret(page: &mut Page, what: &str, created: &WebhookWithSecret) {
    let WebhookWithSecret { webhook, secret } = created;
    page.heading(format_args!("{what} \"{}\".", webhook.name));
    page.blank();
    let facts = Facts::default()
        .fact("Id", Cell::painted(BOLD, webhook.id))
        .fact("Secret", Cell::painted(BOLD, secret.expose()))
        .fact("URL", &webhook.url);
    let facts = match webhook.overlap_ends_at {
        Some(end) => facts.fact("The secret before signs until", end),
        None => facts,
    };
    page.facts(&facts);
    page.blank();
    page.warning("The secret is shown only once. The receiver verifies signatures with it.");
}

fn list_page(page: &mut Page, listed: Listed<WebhookView>) {
    let mut table = Table::new(["ID", "NAME", "STATUS", "URL", "EVENTS", "CHANGED"]);
    for webhook in &listed.items {
        let status = match (webhook.enabled, &webhook.disabled_reason) {
            (true, _) => "enabled".to_owned(),
            (false, None) => "disabled".to_owned(),
            (false, Some(reason)) => format!("disabled: {reason}"),
        };
        let events: Vec<&str> = webhook.events.iter().map(|event| event.as_str()).collect();
        let events = if events.is_empty() { "all".to_owned() } else { events.join(", ") };
        table.row([
            webhook.id.into(),
            (&webhook.name).into(),
            status.into(),
            webhook.url.to_string().into(),
            events.into(),
            webhook.updated_at.into(),
        ]);
    }
    page.table(&table, "There are no webhooks: `claviger webhook create` makes one.");
}

fn deliveries_page(page: &mut Page, listed: Listed<WebhookDeliveryView>) {
    let mut table = Table::new(["ID", "CREATED", "EVENT", "STATUS", "ATTEMPTS", "LAST", "NEXT"]);
    for delivery in &listed.items {
        let last = delivery.attempts.last().map(|last| match (last.response_status, &last.error) {
            (Some(status), _) => format!("{status} in {} ms", last.duration_ms),
            (None, error) => error.clone().unwrap_or_default(),
        });
        table.row([
            delivery.id.into(),
            delivery.created_at.into(),
            (&delivery.event_type).into(),
            delivery.status.as_str().into(),
            delivery.attempts.len().into(),
            last.map_or_else(|| "-".into(), Cell::from),
            delivery.next_attempt_at.map_or_else(|| "-".into(), Cell::from),
        ]);
    }
    page.table(&table, "Nothing was sent yet.");
}
