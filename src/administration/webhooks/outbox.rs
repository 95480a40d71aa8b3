//! Turns events of the audit trail into deliveries.

use claviger_contract::{Position, RealmLabel};
use claviger_domain::{Delivery, DeliveryStatus, EventType, RETRY_SECONDS, TrustedNow, Webhook};
use serde_json::{Map, Value, json};

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::webhooks::requests::{delivery_job, request};
use crate::ledger::new_id;
use crate::store::StoredAuditEvent;

/// What has ended is kept for so long.
const KEPT_SECONDS: i64 = 30 * 86_400;
/// Of each webhook.
const KEPT_ENDED: i64 = 1_000;

/// What receivers learn of the object after the event, where it has that. Never more: an audit event shows whole objects.
const TOLD: [&str; 3] = ["expires_at", "days_left", "outcome"];

/// Each event that a webhook wants enters its outbox once, and is due at once.
pub fn fill_outbox(administration: &Administration) -> Result<(), AdministrationError> {
    let ledger = &administration.ledger;
    loop {
        let now = ledger.now();
        let (due, more) = ledger.store().fill_outbox(EventType::ACTIONS, &mut |realm, webhook, event| {
            let event_type = EventType::of_action(&event.action).filter(|one| webhook.wants(*one))?;
            let position = Position::new(event.sequence.unsigned_abs());
            Some(Delivery {
                id: new_id(now, position, ledger.randomness()),
                realm: realm.clone(),
                webhook: webhook.id,
                event_id: event.id,
                event_type: event_type.as_str().to_owned(),
                body: payload(realm, webhook, event_type, event),
                status: DeliveryStatus::Pending,
                created_at: now,
                due_at: Some(now),
                retry_until: now.plus_seconds(RETRY_SECONDS),
                attempts: Vec::new(),
            })
        })?;
        for due in due {
            request(ledger.store(), &delivery_job(due.realm, due.webhook, due.due_at));
        }
        if !more {
            return Ok(());
        }
    }
}

/// Forgets what ended long ago, and what was told of ends that are long past.
pub fn prune_outbox(administration: &Administration, now: TrustedNow) -> Result<usize, AdministrationError> {
    let store = administration.ledger.store();
    let before = now.minus_seconds(KEPT_SECONDS);
    store.prune_notices(before)?;
    Ok(store.prune_deliveries(before, KEPT_ENDED)?)
}

fn payload(realm: &RealmLabel, webhook: &Webhook, event_type: EventType, event: &StoredAuditEvent) -> String {
    let mut data = Map::from_iter([
        ("id".to_owned(), json!(event.target_id)),
        ("name".to_owned(), json!(event.target_name)),
    ]);
    let after = event.after.as_ref();
    let known = |name: &str| {
        let value = after.and_then(|after| after.get(name).or_else(|| after.get("validation")?.get(name)))?;
        (!value.is_null()).then(|| (name.to_owned(), value.clone()))
    };
    data.extend(TOLD.into_iter().filter_map(known));
    body(realm, webhook, event_type.as_str(), event.at, data)
}

/// The body of a message by Standard Webhooks.
pub fn body(
    realm: &RealmLabel,
    webhook: &Webhook,
    event_type: &str,
    at: claviger_contract::Timestamp,
    mut data: Map<String, Value>,
) -> String {
    data.insert("realm".to_owned(), json!(realm));
    data.insert("webhook_id".to_owned(), json!(webhook.id));
    json!({"type": event_type, "timestamp": at, "data": data}).to_string()
}
