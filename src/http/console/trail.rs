//! Events of the audit trail in words, and the pages of what they are about.

use claviger_api::AuditEventView;
use claviger_console::{Address, EventLine, Links, Tone};

use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::visit::Visit;
use claviger_domain::TargetKind;

/// What the verbs of actions read like.
const VERBS: [(&str, &str, Tone, &str); 22] = [
    ("create", "created", Tone::Off, "plus"),
    ("edit", "edited", Tone::Info, "edit"),
    ("delete", "deleted", Tone::Bad, "trash"),
    ("revoke", "revoked", Tone::Bad, "ban"),
    ("renew", "renewed", Tone::Info, "renew"),
    ("rotate", "rotated", Tone::Info, "renew"),
    ("replace", "replaced", Tone::Info, "renew"),
    ("withdraw", "withdrew", Tone::Bad, "ban"),
    ("disable", "disabled", Tone::Bad, "ban"),
    ("enable", "enabled", Tone::Info, "ok"),
    ("invite", "invited", Tone::Info, "out"),
    ("set_password", "set the password of", Tone::Warn, "key"),
    ("suspend", "suspended", Tone::Bad, "stop"),
    ("resume", "resumed", Tone::Info, "ok"),
    ("validate", "validated", Tone::Off, "ok"),
    ("resolve", "resolved", Tone::Off, "source"),
    ("expiring", "noted the near end of", Tone::Warn, "clock"),
    ("expired", "noted the end of", Tone::Off, "stop"),
    ("failed", "noted a failure of", Tone::Bad, "warn"),
    ("recovered", "noted the recovery of", Tone::Ok, "ok"),
    ("denied", "was denied", Tone::Warn, "warn"),
    ("end", "removed", Tone::Off, "stop"),
];

/// `revoked service credential`, with its tone and its symbol.
pub fn told(action: &str) -> (Tone, &'static str, String) {
    let (noun, verb) = action.rsplit_once('.').unwrap_or(("", action));
    let known = VERBS.iter().find(|(known, ..)| *known == verb);
    let (words, tone, icon) =
        known.map_or((verb, Tone::Off, "dash"), |(_, words, tone, icon)| (*words, *tone, *icon));
    (tone, icon, format!("{words} {}", noun.replace('_', " ")))
}

pub fn line(visit: &Visit, event: &AuditEventView) -> EventLine {
    let (tone, icon, words) = told(&event.action);
    EventLine {
        tone,
        icon,
        actor: actor_name(visit, &event.actor),
        words,
        target: Some((name(event), address(&visit.links(), event))),
        at: event.at,
        more: event.address.iter().cloned().collect(),
        added: Vec::new(),
        removed: Vec::new(),
    }
}

pub fn name(event: &AuditEventView) -> String {
    if event.target.name.is_empty() { event.target.id.clone() } else { event.target.name.clone() }
}

/// The page of what it is about, if it has one.
pub fn address(links: &Links, event: &AuditEventView) -> Option<Address> {
    let (kind, id) = (event.target.kind.as_str(), event.target.id.as_str());
    (kind == TargetKind::ServiceCredential.as_str()).then(|| links.service_credential(id))
}
