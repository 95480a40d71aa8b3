//! Webhooks.

use claviger_console::{
    Choice, DeliveryRow, Entry, Faults, ListTab, RotateWebhookPage, WebhookFormPage, WebhookPage, WebhookRow,
    WebhookState, WebhookTab, webhook_list,
};
use claviger_domain::{DeliveryStatus, Role};

use super::credentials::{ID, events};
use super::frame::{at, chosen, framed, framed_as, links, texts};
use super::lists::listed;
use super::{Sample, sample};

const ENTRY: Entry = Entry::Webhooks;
const URL: &str = "https://hooks.example.com/claviger";

pub fn samples() -> Vec<Sample> {
    let state = || listed(links().webhooks(), WebhookTab::ALL, &[3, 2, 1]);
    let auditor = || framed_as(Role::Auditor, ENTRY);
    vec![
        sample("webhooks", webhook_list(framed(ENTRY), state(), &rows())),
        sample("webhooks-auditor", webhook_list(auditor(), state(), &rows())),
        sample("webhook", WebhookPage { frame: framed(ENTRY), ..page(WebhookState::Enabled) }),
        sample("webhook-gone", WebhookPage { frame: auditor(), ..page(WebhookState::Gone) }),
        sample("webhook-new", form(None)),
        sample("webhook-edit", form(Some(ID.to_owned()))),
        sample("webhook-rotate", rotate(false)),
        sample("webhook-rotate-again", rotate(true)),
    ]
}

fn rows() -> Vec<WebhookRow> {
    let row = |name: &str, state, events: &[&str]| WebhookRow {
        id: ID.to_owned(),
        name: chosen(name),
        url: URL.to_owned(),
        state,
        events: texts(events),
        updated_at: at("2026-11-03T09:12:00Z"),
        updated_by: chosen("Mina Park"),
    };
    vec![
        row("chat", WebhookState::Enabled, &["service_credential.expiring", "service_credential.revoked"]),
        row("tickets", WebhookState::Paused, &[]),
        row("old", WebhookState::Gone, &[]),
    ]
}

fn page(state: WebhookState) -> WebhookPage {
    let row = |status, answer: &str, next: Option<&str>| DeliveryRow {
        id: ID.to_owned(),
        event_type: "service_credential.expiring".to_owned(),
        created_at: at("2026-11-28T14:00:02Z"),
        status,
        attempts: 1,
        answer: answer.to_owned(),
        next_attempt_at: next.map(at),
    };
    WebhookPage {
        frame: framed(ENTRY),
        id: ID.to_owned(),
        name: chosen("chat"),
        url: URL.to_owned(),
        events: texts(&["service_credential.expiring"]),
        state,
        secret_created_at: at("2026-11-01T09:12:00Z"),
        overlap_ends_at: Some(at("2026-11-29T09:12:00Z")),
        deliveries: vec![
            row(DeliveryStatus::Pending, "the receiver answered 503", Some("2026-11-28T18:45:12Z")),
            row(DeliveryStatus::Failed, "the receiver answered 503", None),
            row(DeliveryStatus::Delivered, "200 in 38 ms", None),
        ],
        created_at: at("2026-01-05T09:12:00Z"),
        created_by: chosen("Rui Costa"),
        updated_at: at("2026-11-03T09:12:00Z"),
        updated_by: chosen("Mina Park"),
        log: events(),
    }
}

fn form(id: Option<String>) -> WebhookFormPage {
    let event = |name: &str, ticked| Choice {
        value: name.to_owned(),
        title: "A service credential was revoked".to_owned(),
        chosen: ticked,
    };
    WebhookFormPage {
        frame: framed(ENTRY),
        known_as: if id.is_some() { chosen("chat") } else { String::new() },
        id,
        name: chosen("chat"),
        url: chosen(URL),
        events: vec![event("service_credential.revoked", true), event("source_credential.failed", false)],
        etag: "\"7\"".to_owned(),
        idempotency_key: "attempt".to_owned(),
        faults: Faults::default(),
    }
}

fn rotate(again: bool) -> RotateWebhookPage {
    RotateWebhookPage {
        frame: framed(ENTRY),
        id: ID.to_owned(),
        name: chosen("chat"),
        overlap_ends_at: again.then(|| at("2026-11-29T09:12:00Z")),
        idempotency_key: "attempt".to_owned(),
        wrong_overlap: again,
    }
}
