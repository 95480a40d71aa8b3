//! `claviger audit`: who did what, and when.

use clap::{Args, Subcommand};
use claviger_api::{AuditEventView, AuditTargetView, Listed};
use claviger_domain::{Actor, ActorKind};

use crate::failure::Failure;
use crate::server::client::Client;
use crate::terminal::cell::Cell;
use crate::terminal::output::Output;
use crate::terminal::page::{Page, Table};
use crate::values::list_flags::ListQuery;
use crate::values::shared_flags::SignedIn;

/// The audit trail: who did what, and when
#[derive(Debug, Args)]
pub struct AuditCommand {
    #[command(subcommand)]
    act: AuditAct,
}

#[derive(Debug, Subcommand)]
pub enum AuditAct {
    /// List events, the newest first; --json has what was before and after each
    ///
    /// TOKENS ENDED is an estimate by the hourly counts of issued tokens: about how many access tokens of clients the act
    /// ended.
    List {
        #[command(flatten)]
        server: Box<SignedIn>,

        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50, conflicts_with = "all")]
        #[arg(value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,

        /// All of them, back to the first
        #[arg(long)]
        all: bool,

        #[command(flatten)]
        filter: Filter,
    },
}

#[derive(Debug, Args)]
pub struct Filter {
    /// Only those of this actor, by e-mail address or id
    #[arg(long, value_name = "ACTOR")]
    actor: Option<String>,

    /// Only those of this kind, such as service_credential.revoke
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,

    /// Only those about this object, by name or id
    #[arg(long, value_name = "TARGET", allow_hyphen_values = true)]
    target: Option<String>,

    /// Only those from this second on, such as 2026-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    from: Option<String>,

    /// Only those up to this second
    #[arg(long, value_name = "TIME")]
    to: Option<String>,

    /// Filter by text in action, actor or target
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
}

impl Filter {
    fn query(self) -> ListQuery {
        let named = [
            ("actor", self.actor),
            ("action", self.action),
            ("target", self.target),
            ("from", self.from),
            ("to", self.to),
            ("q", self.search),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

impl AuditCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        self.act.run(output)
    }
}

impl AuditAct {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        let Self::List { server, limit, all, filter } = self;
        list(*server, limit, all, filter, output)
    }
}

fn list(server: SignedIn, limit: u32, all: bool, filter: Filter, output: &mut Output) -> Result<(), Failure> {
    let client = Client::connect(server, "audit", output)?;
    let answer = client.list(&["audit-events"], (!all).then_some(limit), &filter.query())?;
    let mut there_are_more = false;
    output.answer_with(&answer, |page, listed: Listed<AuditEventView>| {
        there_are_more = listed.next_cursor.is_some();
        list_page(page, &listed);
    })?;
    if there_are_more {
        output.note("There are older events: --limit N shows more of them, --all shows all.");
    }
    Ok(())
}

fn list_page(page: &mut Page, listed: &Listed<AuditEventView>) {
    let mut table = Table::new(["POSITION", "AT", "ACTOR", "FROM", "ACTION", "TARGET", "TOKENS ENDED"]);
    for event in &listed.items {
        table.row([
            event.position.into(),
            event.at.into(),
            shown_actor(&event.actor).into(),
            Cell::or_dash(event.address.as_ref()),
            (&event.action).into(),
            shown_target(&event.target).into(),
            Cell::or_dash(event.tokens_ended_estimate.map(|ended| format!("about {ended}"))),
        ]);
    }
    page.table(&table, "There are no events.");
}

fn shown_actor(actor: &Actor) -> String {
    let name = &actor.name;
    match actor.kind {
        ActorKind::Member => name.clone(),
        ActorKind::Operator => "operator".to_owned(),
        ActorKind::Client => format!("client {name}"),
        ActorKind::Server => format!("server {name}"),
    }
}

/// Includes the id unless it is the name, because a name can be reused after a revocation.
fn shown_target(target: &AuditTargetView) -> String {
    let AuditTargetView { kind, id, name } = target;
    let kind = kind.replace('_', " ");
    if id == name { format!("{kind} {name}") } else { format!("{kind} \"{name}\" {id}") }
}
