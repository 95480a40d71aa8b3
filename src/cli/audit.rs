//! `claviger audit`: who did what, and when.

use clap::{Args, Subcommand};
use serde::Deserialize;

use super::cell::Cell;
use super::client::{Client, Listed};
use super::failure::Failure;
use super::output::Output;
use super::page::{Page, Table};
use super::shared_flags::SignedIn;

/// The audit trail: who did what, and when
#[derive(Debug, Args)]
pub struct AuditCommand {
    #[command(flatten)]
    server: SignedIn,

    #[command(subcommand)]
    act: AuditAct,
}

#[derive(Debug, Subcommand)]
enum AuditAct {
    /// List events, the newest first; --json has what was before and after each
    List {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50, conflicts_with = "all")]
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,

        /// All of them, back to the first
        #[arg(long)]
        all: bool,
    },
}

#[derive(Deserialize)]
struct Event {
    at: String,
    actor: Actor,
    action: String,
    target: Target,
    address: Option<String>,
    position: u64,
}

#[derive(Deserialize)]
struct Actor {
    kind: String,
    name: String,
}

#[derive(Deserialize)]
struct Target {
    kind: String,
    id: String,
    name: String,
}

impl AuditCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let client = Client::connect(self.server, "audit", output)?;
        let AuditAct::List { limit, all } = self.act;
        let answer = client.list(&["audit-events"], (!all).then_some(limit))?;
        let mut there_are_more = false;
        output.answer_with(&answer, |page, listed: Listed<Event>| {
            there_are_more = listed.next_cursor.is_some();
            list_page(page, &listed);
        })?;
        if there_are_more {
            output.note("There are older events: --limit N shows more of them, --all shows all.");
        }
        Ok(())
    }
}

fn list_page(page: &mut Page, listed: &Listed<Event>) {
    let mut table = Table::new(["POSITION", "AT", "ACTOR", "FROM", "ACTION", "TARGET"]);
    for event in &listed.items {
        table.row([
            event.position.to_string().into(),
            event.at.as_str().into(),
            event.actor.shown().into(),
            Cell::or_dash(event.address.as_ref()),
            event.action.as_str().into(),
            event.target.shown().into(),
        ]);
    }
    page.table(&table, "There are no events.");
}

impl Actor {
    fn shown(&self) -> String {
        match self.kind.as_str() {
            "member" => self.name.clone(),
            "operator" => self.kind.clone(),
            kind => format!("{kind} {}", self.name),
        }
    }
}

impl Target {
    /// The id too where it is not the name: names are free again after a revocation.
    fn shown(&self) -> String {
        let kind = self.kind.replace('_', " ");
        if self.id == self.name {
            format!("{kind} {}", self.name)
        } else {
            format!("{kind} \"{}\" {}", self.name, self.id)
        }
    }
}
