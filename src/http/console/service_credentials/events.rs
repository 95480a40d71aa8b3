//! The audit trail of one credential in sentences.

use claviger_api::AuditEventView;
use claviger_console::{EventLine, Tone, text};
use serde_json::Value;

use crate::http::console::service_credentials::found::ENTRY;
use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::stop::Stop;
use crate::http::console::trail;
use crate::http::console::visit::Visit;
use claviger_domain::{AuditAction, ServiceCredentialId, TargetKind};

/// The newest ones.
pub fn newest_events(visit: &Visit, id: ServiceCredentialId) -> Result<Vec<EventLine>, Stop> {
    let kind = TargetKind::ServiceCredential;
    let events =
        trail::newest_events(visit, kind, &id.to_string()).map_err(|error| Stop::of(error, ENTRY))?;
    Ok(events.iter().map(|event| line(visit, event)).collect())
}

fn line(visit: &Visit, event: &AuditEventView) -> EventLine {
    let (removed, added) = match (&event.before, &event.after) {
        (Some(before), Some(after)) if is(event, AuditAction::ServiceCredentialEdit) => {
            (only_in(before, after), only_in(after, before))
        }
        _ => (Vec::new(), Vec::new()),
    };
    let (tone, icon, words) = told(event, !removed.is_empty());
    let mut more: Vec<String> = event.address.iter().cloned().collect();
    more.extend(details(event));
    EventLine {
        tone,
        icon,
        actor: actor_name(visit, &event.actor),
        words,
        target: None,
        at: event.at,
        more,
        added,
        removed,
    }
}

fn is(event: &AuditEventView, action: AuditAction) -> bool {
    event.action == action.as_str()
}

fn told(event: &AuditEventView, takes_away: bool) -> (Tone, &'static str, String) {
    let overlap_ended = event.after.as_ref().is_some_and(|after| after["cause"] == "overlap_ended");
    let edited = if takes_away { Tone::Bad } else { Tone::Info };
    let known = [
        (AuditAction::ServiceCredentialCreate, Tone::Off, "plus", "created it"),
        (AuditAction::ServiceCredentialEdit, edited, "edit", "edited access"),
        (AuditAction::ServiceCredentialRenew, Tone::Info, "renew", "created it by a renewal"),
        (AuditAction::ServiceCredentialExpiring, Tone::Warn, "clock", "noted that it expires soon"),
        (AuditAction::ServiceCredentialExpired, Tone::Off, "stop", "noted that it has expired"),
        (
            AuditAction::ServiceCredentialRevoke,
            Tone::Bad,
            "ban",
            if overlap_ended { "revoked it at the end of its overlap" } else { "revoked it" },
        ),
    ];
    let found = known.into_iter().find(|(action, ..)| is(event, *action));
    found.map_or_else(
        || (Tone::Off, "audit", event.action.clone()),
        |(_, tone, icon, words)| (tone, icon, words.to_owned()),
    )
}

fn details(event: &AuditEventView) -> Vec<String> {
    let Some(after) = &event.after else { return Vec::new() };
    if let Some(ended) = trail::tokens_ended(event) {
        return vec![ended];
    }
    let Some(lifetime) = after["token_ttl_seconds"].as_u64() else { return Vec::new() };
    if is(event, AuditAction::ServiceCredentialEdit) {
        return Vec::new();
    }
    let days = after["validity_days"].as_u64();
    let validity = days.map_or_else(|| "never expires".to_owned(), |days| text::things(&days, "day", "days"));
    vec![format!("{validity}, tokens of {}", text::lifetime(&lifetime))]
}

/// The groups, and the resources with their actions, that `one` has and `other` has not.
fn only_in(one: &Value, other: &Value) -> Vec<String> {
    let rest = access(other);
    access(one).into_iter().filter(|words| !rest.contains(words)).collect()
}

fn access(view: &Value) -> Vec<String> {
    let list = |name: &str| view[name].as_array().cloned().unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let groups = list("groups");
    let groups = groups.iter().map(|name| format!("group {}", word(name)));
    let resources = list("resources");
    let resources = resources.iter().map(|grant| {
        let actions: Vec<String> = grant["actions"].as_array().into_iter().flatten().map(&word).collect();
        format!("resource {}: {}", word(&grant["resource"]), actions.join(", "))
    });
    groups.chain(resources).collect()
}
