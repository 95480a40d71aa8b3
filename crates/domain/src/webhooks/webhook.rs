//! An endpoint outside that a realm tells of events.

use claviger_contract::{RealmLabel, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::Id;
use crate::log::actor::Actor;
use crate::records::names::Name;
use crate::webhooks::event_type::EventType;
use crate::webhooks::url::WebhookUrl;

pub type WebhookId = Id<Webhook>;

/// Without its secrets, which are sealed outside of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    pub id: WebhookId,
    pub name: Name,
    pub url: WebhookUrl,
    /// Sorted; all if there are none.
    pub events: Vec<EventType>,
    pub state: WebhookState,
    pub secret_created_at: Timestamp,
    /// Until then the secret before signs too.
    pub overlap_ends_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub created_by: Actor,
    pub updated_at: Timestamp,
    pub updated_by: Actor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    Enabled,
    /// By an administrator.
    Disabled,
    /// By its receiver, which answered 410 Gone.
    Gone,
}

impl Webhook {
    /// Identifies the row of its secrets, which cannot be opened for another row.
    pub fn sealed_identity(realm: &RealmLabel, id: WebhookId) -> String {
        format!("webhook/{realm}/{id}")
    }

    pub fn is_enabled(&self) -> bool {
        self.state == WebhookState::Enabled
    }

    pub fn wants(&self, event: EventType) -> bool {
        self.is_enabled() && (self.events.is_empty() || self.events.contains(&event))
    }

    /// Whether two secrets sign.
    pub fn has_overlap(&self, now: Timestamp) -> bool {
        self.overlap_ends_at.is_some_and(|end| now < end)
    }
}
