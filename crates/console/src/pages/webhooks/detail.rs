//! One webhook, and what was sent to it.

use askama::Template;
use claviger_contract::Timestamp;
use claviger_domain::DeliveryStatus;

use crate::frame::Frame;
use crate::page::page;
use crate::parts::{EventLine, Mark, Tone};
use crate::text::{in_time, things};

#[derive(Template)]
#[template(path = "pages/webhooks/detail.html")]
pub struct WebhookPage {
    pub frame: Frame,
    pub id: String,
    pub name: String,
    pub url: String,
    /// All if there are none.
    pub events: Vec<String>,
    pub state: WebhookState,
    pub secret_created_at: Timestamp,
    /// Until then the secret before signs too.
    pub overlap_ends_at: Option<Timestamp>,
    /// The newest of them.
    pub deliveries: Vec<DeliveryRow>,
    pub created_at: Timestamp,
    pub created_by: String,
    pub updated_at: Timestamp,
    pub updated_by: String,
    pub log: Vec<EventLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookState {
    Enabled,
    Paused,
    /// The receiver answered 410 Gone.
    Gone,
}

#[derive(Clone, Debug)]
pub struct DeliveryRow {
    pub id: String,
    pub event_type: String,
    pub created_at: Timestamp,
    pub status: DeliveryStatus,
    pub attempts: u64,
    /// `200`, or why the last attempt did not succeed; empty before the first one.
    pub answer: String,
    pub next_attempt_at: Option<Timestamp>,
}

impl WebhookState {
    pub fn mark(self) -> Mark {
        match self {
            Self::Enabled => Mark::new(Tone::Ok, "ok", "Enabled"),
            Self::Paused => Mark::new(Tone::Off, "stop", "Paused"),
            Self::Gone => Mark::new(Tone::Bad, "stop", "Disabled: gone"),
        }
    }
}

impl DeliveryRow {
    fn mark(&self) -> Mark {
        match self.status {
            DeliveryStatus::Delivered => Mark::new(Tone::Ok, "ok", "Delivered"),
            DeliveryStatus::Failed => Mark::new(Tone::Bad, "stop", "Failed"),
            DeliveryStatus::Pending => Mark::new(Tone::Warn, "clock", "Waiting"),
        }
    }

    /// `service credential expiring`, which wraps.
    fn event(&self) -> String {
        self.event_type.replace(['_', '.'], " ")
    }

    /// `2 attempts, next in 5 min`.
    fn more(&self, now: &Timestamp) -> String {
        let attempts = things(&self.attempts, "attempt", "attempts");
        match self.next_attempt_at {
            Some(next) => format!("{attempts}, next {}", in_time(&next, now)),
            None => attempts,
        }
    }

    fn is_failed(&self) -> bool {
        self.status == DeliveryStatus::Failed
    }
}

impl WebhookPage {
    fn title(&self) -> &str {
        &self.name
    }

    fn is_enabled(&self) -> bool {
        self.state == WebhookState::Enabled
    }
}

page!(WebhookPage);
