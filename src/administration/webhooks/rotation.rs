//! A new secret for a webhook. For a while the one before signs too, so that receivers can change over.

use claviger_api::WebhookWithSecret;
use claviger_domain::{AuditAction, Change, Overlap, Webhook, WebhookId};

use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::setting::authorized_to_make;
use crate::administration::webhooks::view::{target, view};
use crate::ledger::{Act, Plan, Right};
use crate::webhooks::WebhookSecrets;

/// Refused during an overlap: a third secret would end the first, which may be the only one that the receiver has.
/// Without an overlap, all earlier secrets end.
pub fn rotate_webhook_secret(
    administration: &Administration,
    act: &Act,
    id: WebhookId,
    overlap: Overlap,
) -> Result<WebhookWithSecret, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        let known = scene.tables.find_webhook(&act.realm, id)?;
        let known = known.ok_or(AdministrationError::NotFound("webhook"))?;
        let before = view(&known.record, scene.now);
        if let Some(end) = before.overlap_ends_at.filter(|_| !overlap.is_none()) {
            return Err(AdministrationError::Conflict(format!(
                "two secrets sign until {end}: rotate again then, or with overlap_seconds 0, which ends both at once"
            )));
        }
        let (sealed, keyring) = (known.sealed.as_ref(), &administration.keyring);
        let secrets = WebhookSecrets::open(keyring, &act.realm, id, sealed)?;
        let secrets = secrets.rotated(!overlap.is_none(), scene.randomness());
        let sealed = secrets.seal(keyring, &act.realm, id, scene.randomness())?;
        let rotated = Webhook {
            secret_created_at: scene.now,
            overlap_ends_at: (!overlap.is_none()).then(|| overlap.ends_at(scene.now)),
            updated_at: scene.now,
            updated_by: actor.clone(),
            ..known.record
        };
        let (after, target) = (view(&rotated, scene.now), target(&rotated));
        let mut plan = Plan::new(scene, act, actor);
        plan.sealed_change(realm, Change::put(rotated), Some(sealed));
        plan.event(AuditAction::WebhookRotate, target, Some(&before), Some(&after));
        plan.made(&id);
        let secret = secrets.present.expose().to_string().into();
        Ok::<_, AdministrationError>(plan.decide(WebhookWithSecret { webhook: after, secret }))
    })?;
    Ok(committed.outcome)
}
