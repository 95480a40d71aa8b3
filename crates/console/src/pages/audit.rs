//! The audit trail: list and one event.

use askama::Template;
use claviger_contract::Timestamp;

use crate::frame::Frame;
use crate::links::Address;
use crate::page::page;
use crate::parts::{Choice, ListQuery, Mark, Tone};
use crate::text::{capped, date_time, exact, seconds_of_day};

#[derive(Template)]
#[template(path = "pages/audit/list.html", blocks = ["results"])]
pub struct AuditPage {
    pub frame: Frame,
    /// `target`, `action`, `actor`, `from`, `to`, `cursor`.
    pub query: ListQuery,
    pub actions: Vec<Choice>,
    pub actors: Vec<Choice>,
    pub filter_dropped: bool,
    /// Newest first.
    pub rows: Vec<AuditRow>,
    /// How many there are in all; `None` if unknown.
    pub total: Option<u64>,
    pub newer: Option<Address>,
    pub older: Option<Address>,
    /// `None` if nobody has checked it since the start.
    pub chain: Option<ChainState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainState {
    Whole {
        checked_at: Timestamp,
    },
    /// With the number of the first event that does not fit.
    Broken {
        sequence: u64,
    },
}

#[derive(Clone, Debug)]
pub struct AuditRow {
    pub id: String,
    pub at: Timestamp,
    /// `service_credential.revoke`.
    pub action: String,
    /// What it did; empty if the action says it.
    pub more: String,
    pub tone: Tone,
    /// A symbol of the sprite.
    pub icon: &'static str,
    pub target: String,
    /// The page of what it happened to, if it has one.
    pub target_address: Option<Address>,
    pub actor: String,
    /// Empty if it came from no request.
    pub address: String,
}

/// One event, whole.
#[derive(Template)]
#[template(path = "pages/audit/event.html")]
pub struct AuditEventPage {
    pub frame: Frame,
    pub row: AuditRow,
    pub sequence: u64,
    pub target_kind: String,
    pub target_id: String,
    pub actor_kind: String,
    pub actor_id: String,
    /// Empty if it came from no request.
    pub request_id: String,
    /// The position of the change in the log, if it is one.
    pub position: Option<u64>,
    /// As indented JSON.
    pub before: Option<String>,
    pub after: Option<String>,
}

impl AuditPage {
    fn title(&self) -> &'static str {
        "Audit"
    }

    /// `28 Nov 18:40:12`.
    fn moment(&self, at: &Timestamp) -> String {
        format!("{} {}", crate::text::date(at, &self.frame.now), seconds_of_day(at))
    }

    fn words(&self) -> String {
        let shown = self.rows.len();
        let newest = if self.newer.is_none() { "Newest " } else { "" };
        match &self.total {
            Some(total) => format!("{newest}{shown} of {}", crate::text::number(total)),
            None => format!("{newest}{shown}"),
        }
    }

    fn status(&self) -> String {
        let shown = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        format!("{} events shown", capped(&shown))
    }

    fn chain(&self) -> Option<Mark> {
        match self.chain.as_ref()? {
            ChainState::Whole { checked_at } => {
                let at = date_time(checked_at, &self.frame.now);
                Some(Mark::new(Tone::Ok, "seal", format!("The chain is whole, checked {at} UTC")))
            }
            ChainState::Broken { sequence } => Some(Mark::new(
                Tone::Bad,
                "stop",
                format!("The chain is broken at event {}", crate::text::number(sequence)),
            )),
        }
    }

    /// The same events as JSON lines.
    fn export(&self) -> Address {
        let query = self.query.replaced("cursor", "");
        query
            .fields
            .iter()
            .fold(self.frame.links.audit_export(), |address, (name, value)| address.with(name, value))
    }
}

impl AuditRow {
    fn open_label(&self) -> String {
        format!("Open {} of {}", self.action, self.target)
    }
}

impl AuditEventPage {
    fn title(&self) -> &str {
        &self.row.action
    }

    fn moment(&self) -> String {
        exact(&self.row.at)
    }
}

page!(AuditPage, Results => as_results);
page!(AuditEventPage);
