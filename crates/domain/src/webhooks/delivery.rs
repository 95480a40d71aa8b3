//! One event on its way to one webhook, and what became of it.

use claviger_contract::{RealmLabel, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::Id;
use crate::log::audit_event::AuditEventId;
use crate::webhooks::webhook::WebhookId;

pub type DeliveryId = Id<Delivery>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub realm: RealmLabel,
    pub webhook: WebhookId,
    /// The id of the message, by which receivers recognize a repeated one: that of the audit event.
    pub event_id: AuditEventId,
    pub event_type: String,
    /// What is sent, byte for byte.
    pub body: String,
    pub status: DeliveryStatus,
    pub created_at: Timestamp,
    /// Of the next attempt; `None` unless it is pending.
    pub due_at: Option<Timestamp>,
    /// No attempt is made after this time.
    pub retry_until: Timestamp,
    /// The latest ones, oldest first.
    pub attempts: Vec<DeliveryAttempt>,
}

macro_rules! statuses {
    ($($variant:ident = $name:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum DeliveryStatus {
            $(#[serde(rename = $name)] $variant,)*
        }

        impl DeliveryStatus {
            pub const NAMES: &[&str] = &[$($name,)*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

statuses! {
    // An attempt is due, now or later.
    Pending = "pending",
    // A receiver answered with a status of 200 to 299.
    Delivered = "delivered",
    // No further attempt is made.
    Failed = "failed",
}

/// Nothing of what the receiver answered but its status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryAttempt {
    pub at: Timestamp,
    /// Of the answer; `None` if there was none.
    pub response_status: Option<u16>,
    pub duration_ms: u64,
    /// Why it did not succeed.
    pub error: Option<String>,
}

impl DeliveryAttempt {
    pub fn has_succeeded(&self) -> bool {
        self.response_status.is_some_and(|status| (200..300).contains(&status))
    }

    /// The receiver wants nothing more (Standard Webhooks: 410 Gone).
    pub fn is_gone(&self) -> bool {
        self.response_status == Some(410)
    }
}
