//! The list of webhooks.

use claviger_contract::Timestamp;

use super::detail::WebhookState;
use crate::frame::Frame;
use crate::list::{Cell, ListAct, ListColumn, ListPage, ListState, ListTab, ListWords, TabWords};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookTab {
    All,
    Enabled,
    Disabled,
}

#[derive(Clone, Debug)]
pub struct WebhookRow {
    pub id: String,
    pub name: String,
    pub url: String,
    pub state: WebhookState,
    /// All if there are none.
    pub events: Vec<String>,
    pub updated_at: Timestamp,
    pub updated_by: String,
}

const WORDS: ListWords = ListWords {
    title: "Webhooks",
    lede: "Who is told when something is about to end, ends or fails. Each message is signed.",
    icon: "out",
    many: "webhooks",
    seek: "Name or address",
    none_yet: "A webhook tells another system of events, so that people hear before pipelines stop.",
    command: "claviger webhook create NAME --to https://hooks.example.com/claviger",
};

const COLUMNS: [ListColumn; 4] = [
    ListColumn::new("Name").sorted_by("name"),
    ListColumn::new("Status"),
    ListColumn::new("Events").wide(),
    ListColumn::new("Last modified").wide(),
];

pub fn webhook_list(frame: Frame, state: ListState, rows: &[WebhookRow]) -> ListPage {
    let add = ListAct { words: "Add webhook", address: frame.links.new_webhook() };
    ListPage {
        add: frame.manages().then_some(add),
        rows: rows.iter().map(|row| row.cells(&frame)).collect(),
        words: &WORDS,
        state,
        hint: None,
        columns: &COLUMNS,
        frame,
    }
}

impl WebhookRow {
    fn cells(&self, frame: &Frame) -> Vec<Cell> {
        vec![
            Cell::Name {
                address: frame.links.webhook(&self.id),
                name: self.name.clone(),
                below: self.url.clone(),
            },
            Cell::Mark(self.state.mark()),
            Cell::codes_or(self.events.clone(), "all"),
            Cell::Two(crate::text::ago(&self.updated_at, &frame.now), self.updated_by.clone()),
        ]
    }
}

impl ListTab for WebhookTab {
    const ALL: &'static [Self] = &[Self::All, Self::Enabled, Self::Disabled];

    fn words(self) -> &'static TabWords {
        match self {
            Self::All => {
                &TabWords { value: "all", title: "All", one: "webhook", many: "webhooks", found: "One does." }
            }
            Self::Enabled => &TabWords {
                value: "enabled",
                title: "Enabled",
                one: "enabled webhook",
                many: "enabled webhooks",
                found: "One that is enabled does.",
            },
            Self::Disabled => &TabWords {
                value: "disabled",
                title: "Paused",
                one: "paused webhook",
                many: "paused webhooks",
                found: "One that is paused does.",
            },
        }
    }
}
