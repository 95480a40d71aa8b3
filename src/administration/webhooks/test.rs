//! Sends a test event now, and tells what happened. It is attempted once, and stands in the delivery log.

use claviger_api::WebhookDeliveryView;
use claviger_domain::{AuditAction, Delivery, DeliveryStatus, EventType, WebhookId};
use serde_json::Map;

use crate::administration::error::AdministrationError;
use crate::administration::setting::{Administration, authorized};
use crate::administration::webhooks::outbox::body;
use crate::administration::webhooks::view::{delivery_view, target};
use crate::ledger::{Act, Plan, Right};
use crate::webhooks::{Message, WebhookSecrets};

/// Also for a webhook that is disabled.
pub fn test_webhook(
    administration: &Administration,
    act: &Act,
    id: WebhookId,
) -> Result<WebhookDeliveryView, AdministrationError> {
    let ledger = &administration.ledger;
    administration.read(act, Right::Manage)?;
    let _slot = administration.providers.take_slot(&act.realm)?;
    let known = ledger.store().find_webhook(&act.realm, id)?;
    let known = known.ok_or(AdministrationError::NotFound("webhook"))?;
    let committed = ledger.act(|scene| {
        let (_, actor) = authorized(scene, act, Right::Manage)?;
        let mut plan = Plan::new(scene, act, actor);
        let event = plan.event(AuditAction::WebhookTest, target(&known.record), None::<&()>, None::<&()>);
        let ids = (event, plan.new_id());
        Ok::<_, AdministrationError>(plan.decide(ids))
    })?;
    let (event_id, delivery_id) = committed.outcome;
    let secrets = WebhookSecrets::open(&administration.keyring, &act.realm, id, known.sealed.as_ref())?;
    let (webhook, now) = (known.record, ledger.now());
    let body = body(&act.realm, &webhook, EventType::TEST, now, Map::new());
    let message = Message { url: &webhook.url, id: &event_id.to_string(), body: &body };
    let attempt = administration.webhooks.send(message, &secrets.live(&webhook, now), now);
    let status = if attempt.has_succeeded() { DeliveryStatus::Delivered } else { DeliveryStatus::Failed };
    let delivery = Delivery {
        id: delivery_id,
        realm: act.realm.clone(),
        webhook: id,
        event_id,
        event_type: EventType::TEST.to_owned(),
        body,
        status,
        created_at: now,
        due_at: None,
        retry_until: now,
        attempts: vec![attempt],
    };
    ledger.store().insert_delivery(&delivery)?;
    Ok(delivery_view(&delivery))
}
