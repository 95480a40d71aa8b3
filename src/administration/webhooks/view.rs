//! Webhooks and deliveries as they are shown: never with a secret.

use claviger_api::{DeliveryAttemptView, WebhookDeliveryView, WebhookView};
use claviger_contract::Timestamp;
use claviger_domain::{
    AuditTarget, Delivery, DeliveryAttempt, DeliveryStatus, TargetKind, Webhook, WebhookState,
};

use crate::administration::listing::{Facts, Listable, Shape};

impl Listable for WebhookView {
    const LIST: Shape = Shape {
        sorts: &["name", "created_at"],
        default_sort: "name",
        statuses: &["enabled", "disabled"],
        others: &[],
    };

    fn facts(&self, sort: &str) -> Facts {
        let key = if sort == "name" { self.name.folded() } else { self.id.to_string() };
        let searched = vec![self.name.to_string(), self.url.to_string(), self.id.to_string()];
        let status = if self.enabled { "enabled" } else { "disabled" };
        Facts { id: self.id.to_string(), key, status, searched }
    }
}

impl Listable for WebhookDeliveryView {
    const LIST: Shape = Shape {
        sorts: &["created_at"],
        default_sort: "-created_at",
        statuses: DeliveryStatus::NAMES,
        others: &[],
    };

    fn facts(&self, _: &str) -> Facts {
        let id = self.id.to_string();
        Facts { key: id.clone(), id, status: self.status.as_str(), searched: Vec::new() }
    }
}

pub fn view(record: &Webhook, now: Timestamp) -> WebhookView {
    let gone = (record.state == WebhookState::Gone).then(|| "the receiver answered 410 Gone".to_owned());
    WebhookView {
        id: record.id,
        name: record.name.clone(),
        url: record.url.clone(),
        events: record.events.clone(),
        enabled: record.is_enabled(),
        disabled_reason: gone,
        secret_created_at: record.secret_created_at,
        overlap_ends_at: record.overlap_ends_at.filter(|_| record.has_overlap(now)),
        created_at: record.created_at,
        created_by: record.created_by.clone(),
        updated_at: record.updated_at,
        updated_by: record.updated_by.clone(),
    }
}

pub fn delivery_view(delivery: &Delivery) -> WebhookDeliveryView {
    WebhookDeliveryView {
        id: delivery.id,
        webhook_id: delivery.webhook,
        event_id: delivery.event_id,
        event_type: delivery.event_type.clone(),
        status: delivery.status,
        created_at: delivery.created_at,
        next_attempt_at: delivery.due_at,
        attempts: delivery.attempts.iter().map(attempt_view).collect(),
        payload: serde_json::from_str(&delivery.body).unwrap_or_default(),
    }
}

fn attempt_view(attempt: &DeliveryAttempt) -> DeliveryAttemptView {
    DeliveryAttemptView {
        at: attempt.at,
        response_status: attempt.response_status.map(u64::from),
        duration_ms: attempt.duration_ms,
        error: attempt.error.clone(),
    }
}

pub fn target(record: &Webhook) -> AuditTarget {
    AuditTarget { kind: TargetKind::Webhook, id: record.id.to_string(), name: record.name.to_string() }
}
