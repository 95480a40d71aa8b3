//! Receipts: who has confirmed that a revocation or restriction is in effect.

use std::fmt::Display;

use serde::Deserialize;

use crate::terminal::cell::{BAD, Cell, GOOD, WARNING};
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};

#[derive(Deserialize)]
pub struct Receipt {
    position: u64,
    waited_for: String,
    outcome: String,
    took_ms: u64,
    durability: String,
    confirmed: Witnesses,
    unconfirmed: Witnesses,
    audiences: Vec<Audience>,
    /// Older servers do not send it.
    audiences_complete: Option<bool>,
}

#[derive(Deserialize)]
struct Witnesses {
    nodes: Vec<String>,
    verifiers: Vec<Verifiers>,
}

#[derive(Deserialize)]
struct Verifiers {
    resource_server: String,
    instances: u64,
}

#[derive(Deserialize)]
struct Audience {
    audience: String,
    tier: String,
    last_heard_at: Option<String>,
}

const INCOMPLETE: &str = "The list of audiences is incomplete: container registries that it does not name may accept \
    old tokens until they expire.";

impl Readable for Receipt {
    fn write(&self, page: &mut Page) {
        let outcome = match self.outcome.as_str() {
            "confirmed" => Cell::painted(GOOD, "confirmed by every server"),
            "waited_out" => {
                Cell::painted(WARNING, "lease expired: a server that did not confirm can no longer answer")
            }
            other => Cell::painted(BAD, other),
        };
        let facts = Facts::default()
            .fact("Position", self.position.to_string())
            .fact("Outcome", outcome)
            .fact("Waited for", format!("{}, for {} ms", self.waited_for, self.took_ms))
            .list("Confirmed by", self.confirmed.names());
        let unconfirmed = self.unconfirmed.names();
        let facts = if unconfirmed.is_empty() { facts } else { facts.list("Not confirmed by", unconfirmed) };
        page.facts(&facts.fact("Durability", &self.durability));
        if !self.audiences.is_empty() {
            page.blank();
            page.table(&audiences(&self.audiences), "");
        }
        if self.audiences_complete == Some(false) {
            page.blank();
            page.warning(INCOMPLETE);
        }
    }
}

impl Receipt {
    pub fn write_as(&self, page: &mut Page, what_was_done: impl Display) {
        page.heading(what_was_done);
        self.write(page);
    }

    /// An edit that took nothing away has no receipt.
    pub fn write_after_edit(receipt: Option<&Self>, page: &mut Page) {
        page.blank();
        match receipt {
            Some(receipt) => receipt.write_as(page, "Older tokens with more access are invalid."),
            None => page.line(
                "No token lost access: older tokens stay valid, and added access comes with the next token.",
            ),
        }
    }
}

impl Witnesses {
    fn names(&self) -> Vec<String> {
        let verifiers = self
            .verifiers
            .iter()
            .map(|verifiers| format!("{} ({} verifiers)", verifiers.resource_server, verifiers.instances));
        self.nodes.iter().cloned().chain(verifiers).collect()
    }
}

fn audiences(audiences: &[Audience]) -> Table<4> {
    let mut table = Table::new(["AUDIENCE", "TIER", "OLD TOKENS ARE REFUSED", "LAST SEEN"]);
    for audience in audiences {
        let (style, when) = match audience.tier.as_str() {
            "T0" => (GOOD, "at once: it asks this server"),
            "T1" => (GOOD, "at once: its verifiers follow the feed"),
            "T2" => (WARNING, "within minutes: when its registry tokens expire"),
            _ => (WARNING, "when they expire: it has not asked this server"),
        };
        table.row([
            audience.audience.as_str().into(),
            audience.tier.as_str().into(),
            Cell::painted(style, when),
            audience.last_heard_at.as_ref().map_or_else(|| "never".into(), Cell::from),
        ]);
    }
    table
}
