//! The delivery log of a webhook: list, show, send again.

use claviger_api::WebhookDeliveryView;
use claviger_domain::{AuditAction, DeliveryId, Query, WebhookId};

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::setting::{authorized, ensure_current};
use crate::administration::webhooks::requests::{delivery_job, request};
use crate::administration::webhooks::view::{delivery_view, target};
use crate::ledger::{Act, Plan, Right};

pub fn list_deliveries(
    administration: &Administration,
    act: &Act,
    webhook: WebhookId,
    query: &Query<()>,
) -> Result<Vec<WebhookDeliveryView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    if !reading.realm.webhooks.contains(webhook) {
        return Err(AdministrationError::NotFound("webhook"));
    }
    let found = administration.ledger.store().list_deliveries(&act.realm, webhook, query)?;
    Ok(found.iter().map(delivery_view).collect())
}

pub fn find_delivery(
    administration: &Administration,
    act: &Act,
    webhook: WebhookId,
    id: DeliveryId,
) -> Result<WebhookDeliveryView, AdministrationError> {
    administration.read(act, Right::Read)?;
    let found = administration.ledger.store().find_delivery(&act.realm, webhook, id)?;
    found.map(|found| delivery_view(&found)).ok_or(AdministrationError::NotFound("webhook delivery"))
}

/// The same message under the same id, due at once.
pub fn resend_delivery(
    administration: &Administration,
    act: &Act,
    webhook: WebhookId,
    id: DeliveryId,
) -> Result<WebhookDeliveryView, AdministrationError> {
    let (ledger, store) = (&administration.ledger, administration.ledger.store());
    let unknown = || AdministrationError::NotFound("webhook delivery");
    administration.read(act, Right::Manage)?;
    let found = store.find_delivery(&act.realm, webhook, id)?.ok_or_else(unknown)?;
    ensure_current(act, &delivery_view(&found))?;
    ledger.act(|scene| {
        let (_, actor) = authorized(scene, act, Right::Manage)?;
        let known = scene.tables.find_webhook(&act.realm, webhook)?.ok_or_else(unknown)?.record;
        if !known.is_enabled() {
            let detail = "the webhook is disabled: enable it, then send again";
            return Err(AdministrationError::Conflict(detail.to_owned()));
        }
        let told = serde_json::json!({"delivery_id": id, "event_id": found.event_id});
        let mut plan = Plan::new(scene, act, actor);
        plan.event(AuditAction::WebhookResend, target(&known), None::<&()>, Some(&told));
        Ok::<_, AdministrationError>(plan.decide(()))
    })?;
    let again = found.clone().again(ledger.now());
    if !store.replace_delivery(&found, &again)? {
        let detail = "the delivery was attempted meanwhile: read it again, then retry";
        return Err(AdministrationError::Conflict(detail.to_owned()));
    }
    request(store, &delivery_job(act.realm.clone(), webhook, ledger.now()));
    Ok(delivery_view(&again))
}
