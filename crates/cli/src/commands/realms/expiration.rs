//! `claviger expiration`: everything that ends by itself.

use clap::{Args, Subcommand};
use claviger_api::{ExpirationView, Listed};
use claviger_domain::ExpirationKind;

use crate::failure::Failure;
use crate::server::client::Client;
use crate::terminal::cell::Cell;
use crate::terminal::output::Output;
use crate::terminal::page::{Page, Table};
use crate::values::list_flags::{ListFlags, ListQuery, expiring};
use crate::values::shared_flags::SignedIn;
use crate::values::span::Span;

const EXAMPLES: &str = "\
Examples:
  claviger expiration list --expires-within 14d
  claviger expiration list --kind service_credential --expires-within 30d --json";

/// Everything that ends: credentials, tokens, keys and certificates
#[derive(Debug, Args)]
pub struct ExpirationCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: ExpirationAct,
}

#[derive(Debug, Subcommand)]
enum ExpirationAct {
    /// List everything active that ends by itself, the next end first
    ///
    /// Members without an administrative role see what they own. The TLS certificate of a server is checked by
    /// `claviger doctor`, on its machine.
    #[command(after_help = EXAMPLES)]
    List {
        #[command(flatten)]
        flags: ListFlags,

        /// Only what ends within this time, such as 14d or 12h
        #[arg(long, value_name = "TIME")]
        expires_within: Option<Span>,

        /// Only objects of this kind, such as service_credential or signing_key
        #[arg(long, value_name = "KIND")]
        kind: Option<ExpirationKind>,
    },
}

const ROUTE: &str = "expirations";

impl ExpirationCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "expiration", output)?;
        let ExpirationAct::List { flags, expires_within, kind } = self.act;
        let mut query: ListQuery = flags.query();
        query.extend(expires_within.map(expiring));
        query.extend(kind.map(|kind| ("kind", kind.as_str().to_owned())));
        output.answer_with(&client.list(&[ROUTE], flags.limit, &query)?, list_page)
    }
}

fn list_page(page: &mut Page, listed: Listed<ExpirationView>) {
    let mut table = Table::new(["EXPIRES", "KIND", "NAME", "CAUSE", "OWNER", "ID"]);
    for expiration in &listed.items {
        table.row([
            expiration.expires_at.into(),
            expiration.kind.as_str().into(),
            Cell::text_or_dash(&expiration.name),
            expiration.cause.as_str().into(),
            Cell::or_dash(expiration.owner.as_ref()),
            expiration.id.as_str().into(),
        ]);
    }
    page.table(&table, "Nothing ends.");
}
