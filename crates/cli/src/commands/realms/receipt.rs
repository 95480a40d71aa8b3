//! Receipts: who has confirmed that a revocation or restriction is in effect.

use std::fmt::Display;

use claviger_api::Edited;
use claviger_domain::{AudienceTier, Outcome, Receipt, Tier};

use crate::terminal::cell::{Cell, GOOD, WARNING};
use crate::terminal::output::Readable;
use crate::terminal::page::{Facts, Page, Table};

const INCOMPLETE: &str = "The list of audiences is incomplete: container registries that it does not name may accept \
    old tokens until they expire.";

impl Readable for Receipt {
    fn write(&self, page: &mut Page) {
        let outcome = match self.outcome {
            Outcome::Confirmed => Cell::painted(GOOD, "confirmed by every server"),
            Outcome::WaitedOut if self.unconfirmed.nodes.is_empty() => Cell::painted(
                WARNING,
                "lease expired: a verifier that did not confirm no longer trusts what it knew before",
            ),
            Outcome::WaitedOut => {
                Cell::painted(WARNING, "lease expired: a server that did not confirm can no longer answer")
            }
        };
        let nodes = self.confirmed.nodes.iter().map(|node| confirmed_by(self, node));
        let unconfirmed = self
            .unconfirmed
            .nodes
            .iter()
            .cloned()
            .chain(self.unconfirmed.verifiers.iter().map(ToString::to_string));
        let unconfirmed: Vec<String> = unconfirmed.collect();
        let facts = Facts::default()
            .fact("Position", self.position)
            .fact("Outcome", outcome)
            .fact("Waited for", format!("{}, for {} ms", self.waited_for.as_str(), self.took_ms))
            .list("Confirmed by", nodes.chain(self.confirmed.verifiers.iter().map(ToString::to_string)))
            .list_if("Not confirmed by", &unconfirmed);
        page.facts(&facts.fact("Durability", self.durability.as_str()));
        if !self.audiences.is_empty() {
            page.blank();
            page.table(&audiences(&self.audiences), "");
        }
        if !self.audiences_complete {
            page.blank();
            page.warning(INCOMPLETE);
        }
    }
}

/// An older server does not say when a node confirmed.
fn confirmed_by(receipt: &Receipt, node: &str) -> String {
    match receipt.confirmed_after_ms.get(node) {
        Some(after) => format!("{node}, after {after} ms"),
        None => node.to_owned(),
    }
}

/// The receipt of an act, below what was done.
pub fn write_receipt(page: &mut Page, what_was_done: impl Display, receipt: &Receipt) {
    page.heading(what_was_done);
    receipt.write(page);
}

/// An edit that took nothing away has no receipt.
impl<T: Readable> Readable for Edited<T> {
    fn write(&self, page: &mut Page) {
        self.object.write(page);
        page.blank();
        match &self.receipt {
            Some(receipt) => write_receipt(page, "What was taken away is refused from now on.", receipt),
            None => page.line("Nothing was taken away: older tokens stay valid, and added access comes with the next token."),
        }
    }
}

fn audiences(audiences: &[AudienceTier]) -> Table<4> {
    let mut table = Table::new(["AUDIENCE", "TIER", "OLD TOKENS ARE REFUSED", "LAST SEEN"]);
    for audience in audiences {
        table.row([
            (&audience.audience).into(),
            audience.tier.as_str().into(),
            refuses(audience.tier),
            Cell::or_never(audience.last_heard_at),
        ]);
    }
    table
}

/// When an audience of this tier refuses tokens that are revoked.
pub fn refuses(tier: Tier) -> Cell {
    let (style, when) = match tier {
        Tier::T0 => (GOOD, "at once: it asks this server"),
        Tier::T1 => (GOOD, "now, or within seconds if it was not waited for: it follows revocations"),
        Tier::T2 => (WARNING, "within minutes: when its registry tokens expire"),
        Tier::T3 => (WARNING, "when they expire: it has not asked this server"),
    };
    Cell::painted(style, when)
}
