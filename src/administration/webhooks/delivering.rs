//! Sends what is due to one webhook.

use claviger_contract::RealmLabel;
use claviger_domain::{AuditAction, Change, Webhook, WebhookId, WebhookState};

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::webhooks::view::{target, view};
use crate::ledger::{Act, Caller, Plan};
use crate::store::Decision;
use crate::webhooks::{Message, WebhookSecrets};

/// Of one run; the next run goes on.
const AT_ONCE: i64 = 50;

/// A receiver that does not answer at all ends the run, and leaves the others to the next one. A node that is killed
/// between a request and its record sends that message again, under the same id.
pub fn deliver_due(
    administration: &Administration,
    realm: &RealmLabel,
    id: WebhookId,
    is_stopping: &dyn Fn() -> bool,
) -> Result<(), AdministrationError> {
    let (ledger, store) = (&administration.ledger, administration.ledger.store());
    let Some(found) = store.find_webhook(realm, id)? else { return Ok(()) };
    let webhook = found.record;
    if !webhook.is_enabled() {
        store.fail_waiting_deliveries(id)?;
        return Ok(());
    }
    let secrets = WebhookSecrets::open(&administration.keyring, realm, id, found.sealed.as_ref())?;
    for delivery in store.due_deliveries(id, ledger.now(), AT_ONCE)? {
        if is_stopping() {
            return Ok(());
        }
        let (now, event_id) = (ledger.now(), delivery.event_id.to_string());
        let message = Message { url: &webhook.url, id: &event_id, body: &delivery.body };
        let attempt = administration.webhooks.send(message, &secrets.live(&webhook, now), now);
        let (is_gone, is_answered) = (attempt.is_gone(), attempt.response_status.is_some());
        let random = u64::from_be_bytes(ledger.randomness().bytes::<8>());
        store.replace_delivery(&delivery, &delivery.clone().after(attempt, random))?;
        if is_gone {
            disable(administration, realm, id)?;
            store.fail_waiting_deliveries(id)?;
            return Ok(());
        }
        if !is_answered {
            return Ok(());
        }
    }
    Ok(())
}

/// The receiver answered 410 Gone.
fn disable(
    administration: &Administration,
    label: &RealmLabel,
    id: WebhookId,
) -> Result<(), AdministrationError> {
    let act = Act::local(label.clone(), Caller::Server);
    administration.ledger.act(|scene| {
        let realm = scene.find_realm(label).ok_or(AdministrationError::NotFound("realm"))?;
        let known = scene.tables.find_webhook(label, id)?.filter(|known| known.record.is_enabled());
        let Some(known) = known else { return Ok(Decision::Nothing(())) };
        let actor = Caller::server();
        let disabled = Webhook {
            state: WebhookState::Gone,
            updated_at: scene.now,
            updated_by: actor.clone(),
            ..known.record.clone()
        };
        let (before, after) = (view(&known.record, scene.now), view(&disabled, scene.now));
        let target = target(&disabled);
        let mut plan = Plan::new(scene, &act, actor);
        plan.change(realm, Change::put(disabled));
        plan.event(AuditAction::WebhookDisable, target, Some(&before), Some(&after));
        Ok::<_, AdministrationError>(plan.decide(()))
    })?;
    Ok(())
}
