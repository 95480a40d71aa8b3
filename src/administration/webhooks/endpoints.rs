//! Webhooks: create, list, show, edit, delete.

use claviger_api::{FieldError, NewWebhook, WebhookEdit, WebhookView, WebhookWithSecret};
use claviger_domain::{
    AuditAction, Bound, Change, EventType, Key, Name, Subject, Webhook, WebhookId, WebhookState, WebhookUrl,
};

use crate::administration::decision::OnObject;
use crate::administration::error::AdministrationError;
use crate::administration::setting::Administration;
use crate::administration::setting::{as_set, authorized, authorized_to_make, gone};
use crate::administration::webhooks::requests::{outbox_job, request};
use crate::administration::webhooks::view::{target, view};
use crate::ledger::{Act, Asked, Plan, Right, Unsettled};
use crate::snapshot::RealmView;
use crate::webhooks::WebhookSecrets;

pub fn create_webhook(
    administration: &Administration,
    act: &Act,
    new: NewWebhook,
) -> Result<WebhookWithSecret, AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized_to_make(scene, act, Right::Manage)?;
        check_url(administration, &new.url)?;
        ensure_name_is_free(realm, &new.name, None)?;
        scene.limits.check(Bound::WebhooksPerRealm, realm.webhooks.count(), 1)?;
        let secrets = WebhookSecrets::new(scene.randomness());
        let id = scene.new_id();
        let sealed = secrets.seal(&administration.keyring, &act.realm, id, scene.randomness())?;
        let record = Webhook {
            id,
            name: new.name.clone(),
            url: new.url.clone(),
            events: as_set(new.events.clone()),
            state: state(new.enabled),
            secret_created_at: scene.now,
            overlap_ends_at: None,
            created_at: scene.now,
            created_by: actor.clone(),
            updated_at: scene.now,
            updated_by: actor.clone(),
        };
        let (shown, target) = (view(&record, scene.now), target(&record));
        let mut plan = Plan::new(scene, act, actor);
        plan.sealed_change(realm, Change::put(record), Some(sealed));
        plan.event(AuditAction::WebhookCreate, target, None::<&()>, Some(&shown));
        plan.made(&id);
        let secret = secrets.present.expose().to_string().into();
        Ok::<_, AdministrationError>(plan.decide(WebhookWithSecret { webhook: shown, secret }))
    })?;
    request(administration.ledger.store(), &outbox_job(administration.ledger.now()));
    Ok(committed.outcome)
}

pub fn edit_webhook(
    administration: &Administration,
    act: &Act,
    id: WebhookId,
    edit: WebhookEdit,
) -> Result<Unsettled<WebhookView>, AdministrationError> {
    let subject = Subject::from(Key::Webhook(id));
    administration.ledger.restrict(act, &subject, Asked::Change, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let known = scene.tables.find_webhook(&act.realm, id)?;
        let known = known.ok_or(AdministrationError::NotFound("webhook"))?.record;
        let mut edited = known.clone();
        if let Some(name) = &edit.name {
            ensure_name_is_free(realm, name, Some(id))?;
            edited.name = name.clone();
        }
        if let Some(url) = &edit.url {
            check_url(administration, url)?;
            edited.url = url.clone();
        }
        if let Some(events) = &edit.events {
            edited.events = as_set::<EventType>(events.clone());
        }
        if let Some(enabled) = edit.enabled.filter(|enabled| *enabled != known.is_enabled()) {
            edited.state = state(enabled);
        }
        let change = (edited != known).then(|| {
            (edited.updated_at, edited.updated_by) = (scene.now, actor.clone());
            Change::put(edited.clone())
        });
        let (before, after) = (view(&known, scene.now), view(&edited, scene.now));
        let (action, target) = (AuditAction::WebhookEdit, target(&edited));
        OnObject { scene, act, realm, actor, subject: &subject, action, target }.edit(before, after, change)
    })
}

/// With everything that waits for it, and the log of what was sent.
pub fn delete_webhook(
    administration: &Administration,
    act: &Act,
    id: WebhookId,
) -> Result<Unsettled<()>, AdministrationError> {
    let subject = Subject::from(Key::Webhook(id));
    administration.ledger.restrict(act, &subject, Asked::End, |scene| {
        let (realm, actor) = authorized(scene, act, Right::Manage)?;
        let Some(known) = scene.tables.find_webhook(&act.realm, id)? else {
            return gone(realm, &subject, "webhook", ());
        };
        let before = view(&known.record, scene.now);
        let (action, target) = (AuditAction::WebhookDelete, target(&known.record));
        let on = OnObject { scene, act, realm, actor, subject: &subject, action, target };
        on.delete(&before, Change::Deleted(Key::Webhook(id)))
    })
}

pub fn find_webhook(
    administration: &Administration,
    act: &Act,
    id: WebhookId,
) -> Result<WebhookView, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let found = administration.ledger.store().find_webhook(&act.realm, id)?;
    let found = found.ok_or(AdministrationError::NotFound("webhook"))?;
    Ok(view(&found.record, reading.now))
}

pub fn list_webhooks(
    administration: &Administration,
    act: &Act,
) -> Result<Vec<WebhookView>, AdministrationError> {
    let reading = administration.read(act, Right::Read)?;
    let records = administration.ledger.store().list_webhooks(&act.realm)?;
    Ok(records.iter().map(|record| view(record, reading.now)).collect())
}

const fn state(enabled: bool) -> WebhookState {
    if enabled { WebhookState::Enabled } else { WebhookState::Disabled }
}

/// Whether the addresses of its host may be connected to is decided at each request, since they may change.
fn check_url(administration: &Administration, url: &WebhookUrl) -> Result<(), AdministrationError> {
    match administration.webhooks.may_send_to(url) {
        true => Ok(()),
        false => Err(AdministrationError::Invalid(vec![FieldError::new(
            "url",
            "must begin with https://, unless the operator lists its host in webhook_allowed_hosts",
        )])),
    }
}

fn ensure_name_is_free(
    realm: &RealmView,
    name: &Name,
    own: Option<WebhookId>,
) -> Result<(), AdministrationError> {
    match realm.webhooks.named(name).filter(|id| Some(*id) != own) {
        None => Ok(()),
        Some(id) => Err(AdministrationError::Conflict(format!("a webhook \"{name}\" already exists: {id}"))),
    }
}
