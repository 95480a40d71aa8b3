//! Webhooks, and what was sent to them.

use claviger_contract::Timestamp;
use claviger_domain::{
    Actor, AuditEventId, DeliveryId, DeliveryStatus, EventType, Name, Overlap, WebhookId, WebhookUrl,
};
use serde_json::{Value, json};

use crate::macros::{answer, body, edit};
use crate::schema::{Schema, one_of};
use crate::secrets::shown_once::ShownOnce;

body! {
    pub struct NewWebhook {
        /// A name that no webhook of the realm has, in any case.
        pub name: Name,
        /// Where events are sent. It begins with https://, unless the operator lists its host.
        pub url: WebhookUrl,
        /// The events that it is told of. Absent or empty: all, also those of later versions. For example
        /// `service_credential.expiring`.
        pub events: Vec<EventType> = Vec::new(),
        /// Whether it is told of events from now on.
        pub enabled: bool = true,
    }
}

edit! {
    /// Absent members stay.
    pub struct WebhookEdit {
        /// A name that no other webhook of the realm has, in any case.
        pub name: Name,
        /// Where events are sent. It begins with https://, unless the operator lists its host.
        pub url: WebhookUrl,
        /// The events that it is told of; all if there are none. For example `service_credential.expiring`.
        pub events: Vec<EventType>,
        /// Whether it is told of events. What waits for a webhook that is disabled is not sent.
        pub enabled: bool,
    }
}

body! {
    pub struct WebhookRotation {
        /// For how many seconds the secret before signs too; 0 ends it at once.
        pub overlap_seconds: Overlap,
    }
}

answer! { "Webhook" =>
    #[derive(Clone)]
    pub struct WebhookView {
        /// The id of the webhook.
        pub id: WebhookId,
        /// The name to show.
        pub name: Name,
        /// Where events are sent.
        pub url: WebhookUrl,
        /// The events that it is told of; all if there are none. For example `service_credential.expiring`.
        pub events: Vec<EventType>,
        /// Whether it is told of events.
        pub enabled: bool,
        /// Why the server disabled it; null if it did not. For example `the receiver answered 410 Gone`.
        pub disabled_reason: Option<String>,
        /// When the secret was made that signs.
        pub secret_created_at: Timestamp,
        /// Until then the secret before signs too; null if there is none.
        pub overlap_ends_at: Option<Timestamp>,
        /// When it was created.
        pub created_at: Timestamp,
        /// Who created it.
        pub created_by: Actor,
        /// When it was last changed.
        pub updated_at: Timestamp,
        /// Who changed it last.
        pub updated_by: Actor,
    }
}

answer! {
    /// The only answer that has the secret.
    pub struct WebhookWithSecret {
        .. pub webhook: WebhookView,
        /// What the receiver verifies signatures with. It is shown only once. For example `whsec_…`.
        pub secret: ShownOnce,
    }
}

answer! { "WebhookDelivery" =>
    #[derive(Clone)]
    pub struct WebhookDeliveryView {
        /// The id of the delivery.
        pub id: DeliveryId,
        /// The webhook that it is for.
        pub webhook_id: WebhookId,
        /// The id of the message: the header webhook-id, and the id of the audit event.
        pub event_id: AuditEventId,
        /// The type of the event; webhook.test for a test. For example `service_credential.revoked`.
        pub event_type: String,
        /// pending: an attempt follows. delivered: the receiver accepted it. failed: no attempt follows.
        pub status: DeliveryStatus,
        /// When the event was found in the audit trail.
        pub created_at: Timestamp,
        /// When the next attempt is due; null if none follows.
        pub next_attempt_at: Option<Timestamp>,
        /// The latest attempts, oldest first.
        pub attempts: Vec<DeliveryAttemptView>,
        /// What is sent.
        pub payload: Value,
    }
}

answer! {
    #[derive(Clone)]
    pub struct DeliveryAttemptView {
        /// When it was made.
        pub at: Timestamp,
        /// The HTTP status of the answer; null if there was none.
        pub response_status: Option<u64>,
        /// How long it took, in milliseconds.
        pub duration_ms: u64,
        /// Why it did not succeed; null if it did. For example `the receiver answered 503`.
        pub error: Option<String>,
    }
}

impl Schema for WebhookUrl {
    fn schema() -> Value {
        json!({"type": "string", "format": "uri", "maxLength": 2048, "examples": ["https://hooks.example.com/claviger"]})
    }
}

impl Schema for EventType {
    fn schema() -> Value {
        one_of(Self::NAMES)
    }
}

impl Schema for DeliveryStatus {
    fn schema() -> Value {
        one_of(Self::NAMES)
    }
}
