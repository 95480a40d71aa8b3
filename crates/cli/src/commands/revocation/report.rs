//! What a drill has measured.

use std::time::Instant;

use claviger_domain::{AudienceTier, Receipt, Tier};
use serde::Serialize;

use crate::commands::revocation::probe::Probe;
use crate::commands::revocation::prober::Trace;
use crate::commands::revocation::timeline::{Timeline, milliseconds};
use crate::failure::{Exit, Failure};
use crate::terminal::cell::{BAD, Cell, GOOD, WARNING};
use crate::terminal::page::{Facts, Page, Table};

/// The JSON of the command. Times of day are to the millisecond.
#[derive(Debug, Serialize)]
pub struct DrillReport {
    pub realm: String,
    pub credential_id: String,
    pub credential_name: String,
    pub revoke_sent_at: String,
    pub revoke_answered_at: String,
    pub probes: Vec<Measured>,
    pub receipt: Receipt,
}

/// One address.
#[derive(Debug, Serialize)]
pub struct Measured {
    pub audience: String,
    pub url: String,
    /// As the receipt says; null if it does not name the audience.
    pub tier: Option<Tier>,
    /// Requests that were accepted before the receipt had arrived.
    pub accepted_before: u64,
    /// When the last answer that accepted, and the first that refused, had arrived.
    pub last_accepted_at: Option<String>,
    pub first_refused_at: Option<String>,
    /// From the arrival of the receipt until the last accepted request was sent: 0 if none was sent after it.
    pub accepted_for_ms: u64,
    /// Whether its last answer refused the token.
    pub is_refused: bool,
    /// Answers that neither accept nor refuse it, and the last of them.
    pub undecided: u64,
    pub last_undecided: Option<String>,
    #[serde(skip)]
    clocks: [Option<String>; 2],
}

impl Measured {
    pub fn of(
        probe: &Probe,
        trace: &Trace,
        receipt: &Receipt,
        revoked_at: Instant,
        timeline: Timeline,
    ) -> Self {
        let named = |known: &&AudienceTier| known.audience == probe.audience;
        let [accepted, refused] =
            [trace.last_accepted, trace.first_refused].map(|exchange| exchange.map(|one| one.answered));
        Self {
            audience: probe.audience.clone(),
            url: probe.url.to_string(),
            tier: receipt.audiences.iter().find(named).map(|known| known.tier),
            accepted_before: trace.accepted_before,
            last_accepted_at: accepted.map(|at| timeline.text(at)),
            first_refused_at: refused.map(|at| timeline.text(at)),
            accepted_for_ms: milliseconds(trace.accepted_for(revoked_at)),
            is_refused: trace.is_refusing(),
            undecided: trace.undecided,
            last_undecided: trace.last_undecided.clone(),
            clocks: [accepted, refused].map(|at| at.map(|at| timeline.clock(at))),
        }
    }

    /// Whether it must refuse from the receipt on.
    fn is_at_once(&self) -> bool {
        matches!(self.tier, Some(Tier::T0 | Tier::T1))
    }

    fn tier(&self) -> &'static str {
        self.tier.map_or("-", Tier::as_str)
    }

    fn accepted(&self) -> Cell {
        match (self.accepted_for_ms, self.is_refused) {
            (0, true) => Cell::painted(GOOD, "0 ms"),
            (0, false) => Cell::painted(WARNING, "neither accepted nor refused"),
            (after, is_refused) => {
                let style = if self.is_at_once() { BAD } else { WARNING };
                let end = if is_refused { "" } else { ", and was not refused until the end" };
                Cell::painted(style, format!("{after} ms{end}"))
            }
        }
    }

    fn fault(&self, strict: bool) -> Option<String> {
        let Self { audience, accepted_for_ms, .. } = self;
        let tier = self.tier();
        let at_once = self.is_at_once();
        if *accepted_for_ms > 0 && (at_once || strict) {
            return Some(format!(
                "{audience} ({tier}) accepted a revoked token for {accepted_for_ms} ms after the receipt"
            ));
        }
        if self.is_refused || !(at_once || strict) {
            return None;
        }
        let why = self.last_undecided.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        Some(format!("{audience} ({tier}) never refused the revoked token{why}"))
    }
}

impl DrillReport {
    pub fn page(&self) -> Page {
        let mut page = Page::default();
        page.heading(format_args!("Revoked the service credential \"{}\".", self.credential_name));
        page.facts(
            &Facts::default()
                .fact("Sent", &self.revoke_sent_at)
                .fact("Receipt arrived", &self.revoke_answered_at)
                .fact("Position", self.receipt.position)
                .fact("Outcome", self.receipt.outcome.as_str())
                .fact(
                    "Waited for",
                    format!("{}, for {} ms", self.receipt.waited_for.as_str(), self.receipt.took_ms),
                ),
        );
        page.blank();
        page.table(&self.table(), "");
        let unprobed: Vec<&AudienceTier> = self.unprobed().collect();
        if !unprobed.is_empty() {
            page.blank();
            page.line("Not probed:");
            for audience in unprobed {
                page.line(format_args!("  {} ({})", audience.audience, audience.tier.as_str()));
            }
        }
        page
    }

    fn table(&self) -> Table<7> {
        let header = [
            "AUDIENCE",
            "ADDRESS",
            "TIER",
            "ACCEPTED BEFORE",
            "LAST ACCEPTED",
            "FIRST REFUSED",
            "ACCEPTED AFTER THE RECEIPT",
        ];
        let mut table = Table::new(header);
        for one in &self.probes {
            let [accepted, refused] = &one.clocks;
            table.row([
                (&one.audience).into(),
                (&one.url).into(),
                one.tier().into(),
                one.accepted_before.into(),
                Cell::or_dash(accepted.as_deref()),
                Cell::or_dash(refused.as_deref()),
                one.accepted(),
            ]);
        }
        table
    }

    /// Audiences of the realm that the drill says nothing of.
    fn unprobed(&self) -> impl Iterator<Item = &AudienceTier> {
        self.receipt
            .audiences
            .iter()
            .filter(|known| self.probes.iter().all(|one| one.audience != known.audience))
    }

    /// Whether the promise of the receipt was kept.
    pub fn verdict(&self, strict: bool) -> Result<(), Failure> {
        let faults: Vec<String> = self.probes.iter().filter_map(|one| one.fault(strict)).collect();
        if faults.is_empty() { Ok(()) } else { Err(Failure::new(Exit::Failure, faults.join("; "))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(tier: Option<Tier>, accepted_for_ms: u64, is_refused: bool) -> Measured {
        Measured {
            audience: "https://a.example".to_owned(),
            url: "https://a.example/x".to_owned(),
            tier,
            accepted_before: 3,
            last_accepted_at: None,
            first_refused_at: None,
            accepted_for_ms,
            is_refused,
            undecided: 0,
            last_undecided: None,
            clocks: [None, None],
        }
    }

    #[test]
    fn promise_of_the_receipt_is_that_of_the_tier() {
        for (tier, accepted_for_ms, is_refused, is_kept, is_strictly) in [
            (Some(Tier::T0), 0, true, true, true),
            (Some(Tier::T1), 0, true, true, true),
            (Some(Tier::T0), 1, true, false, false),
            (Some(Tier::T1), 1, true, false, false),
            (Some(Tier::T1), 0, false, false, false),
            (Some(Tier::T2), 60_000, true, true, false),
            (Some(Tier::T3), 30_000, false, true, false),
            (Some(Tier::T3), 0, true, true, true),
            (None, 30_000, false, true, false),
        ] {
            let one = measured(tier, accepted_for_ms, is_refused);
            let verdicts = [false, true].map(|strict| one.fault(strict).is_none());
            assert_eq!(verdicts, [is_kept, is_strictly], "{tier:?} {accepted_for_ms} {is_refused}");
        }
    }
}
