//! Events of the audit trail in words, and the pages of what they are about.

use claviger_api::AuditEventView;
use claviger_console::{Address, Entry, EventLine, Links, TokenKind, Tone, text};

use crate::administration::{AdministrationError, list_audit_events};
use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use claviger_domain::{AuditFilter, Query, TargetKind};

/// Events on the page of what they are about.
const SHOWN: usize = 10;

/// What the verbs of actions read like.
const VERBS: &[(&str, &str, Tone, &str)] = &[
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
    ("request", "noted the request of", Tone::Warn, "clock"),
    ("invite", "invited", Tone::Info, "out"),
    ("set_password", "set the password of", Tone::Warn, "key"),
    ("set_second_factor", "set the second factor of", Tone::Warn, "key"),
    ("reset_second_factor", "reset the second factor of", Tone::Warn, "key"),
    ("renew_recovery_codes", "renewed the recovery codes of", Tone::Info, "renew"),
    ("use_recovery_code", "used a recovery code of", Tone::Warn, "key"),
    ("acknowledge", "knows about a sign-in of", Tone::Info, "ok"),
    ("suspend", "suspended", Tone::Bad, "stop"),
    ("resume", "resumed", Tone::Info, "ok"),
    ("validate", "validated", Tone::Off, "ok"),
    ("resolve", "resolved", Tone::Off, "source"),
    ("pull", "read the list of", Tone::Off, "source"),
    ("report", "reported a refusal of", Tone::Warn, "warn"),
    ("test", "tested", Tone::Off, "out"),
    ("resend", "sent again to", Tone::Off, "out"),
    ("expiring", "noted the near end of", Tone::Warn, "clock"),
    ("expired", "noted the end of", Tone::Off, "stop"),
    ("failed", "noted a failure of", Tone::Bad, "warn"),
    ("recovered", "noted the recovery of", Tone::Ok, "ok"),
    ("denied", "was denied", Tone::Warn, "warn"),
    ("end", "removed", Tone::Off, "stop"),
];

/// `revoked service credential`, with its tone and its symbol.
pub fn told(action: &str) -> (Tone, &'static str, String) {
    let (noun, (tone, icon, verb)) = parts(action);
    (tone, icon, format!("{verb} {}", noun.replace('_', " ")))
}

/// The noun of an action, and its verb in words.
fn parts(action: &str) -> (&str, (Tone, &'static str, &str)) {
    let (noun, verb) = action.rsplit_once('.').unwrap_or(("", action));
    let known = VERBS.iter().find(|(known, ..)| *known == verb);
    (noun, known.map_or((Tone::Off, "dash", verb), |(_, words, tone, icon)| (*tone, *icon, *words)))
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
        more: event.address.iter().cloned().chain(tokens_ended(event)).collect(),
        added: Vec::new(),
        removed: Vec::new(),
    }
}

/// The newest events of one object, for those who open the audit trail. `pronoun` is what it is called in a sentence.
pub fn newest_lines(
    visit: &Visit,
    kind: TargetKind,
    id: &str,
    pronoun: &str,
) -> Result<Vec<EventLine>, Stop> {
    if !Entry::Audit.opens_for(&visit.role()) {
        return Ok(Vec::new());
    }
    let events = newest_events(visit, kind, id).map_err(|error| Stop::of(error, Entry::Audit))?;
    Ok(events.iter().map(|event| own_line(visit, event, pronoun)).collect())
}

/// On the page of what it is about.
pub fn own_line(visit: &Visit, event: &AuditEventView, pronoun: &str) -> EventLine {
    let (_, (_, _, verb)) = parts(&event.action);
    EventLine { words: format!("{verb} {pronoun}"), target: None, ..line(visit, event) }
}

pub fn newest_events(
    visit: &Visit,
    kind: TargetKind,
    id: &str,
) -> Result<Vec<AuditEventView>, AdministrationError> {
    events_of(visit, kind, id, SHOWN)
}

/// The newest ones first.
pub fn events_of(
    visit: &Visit,
    kind: TargetKind,
    id: &str,
    limit: usize,
) -> Result<Vec<AuditEventView>, AdministrationError> {
    let filter = AuditFilter { target: Some(id.to_owned()), ..AuditFilter::default() };
    let query = Query {
        sort: (),
        descending: true,
        after: None,
        limit,
        search: None,
        status: None,
        expires_before: None,
    };
    let found = list_audit_events(&visit.state.administration, &visit.act(), &filter, &query)?;
    // Another object may have this id for a name.
    let own = found.into_iter().map(|listed| listed.event);
    Ok(own.filter(|event| event.target.kind == kind.as_str() && event.target.id == id).collect())
}

/// `about 28 tokens ended`
pub fn tokens_ended(event: &AuditEventView) -> Option<String> {
    let ended = event.tokens_ended_estimate?;
    Some(format!("about {} ended", text::things(&ended, "token", "tokens")))
}

pub fn name(event: &AuditEventView) -> String {
    if event.target.name.is_empty() { event.target.id.clone() } else { event.target.name.clone() }
}

/// The page of what it is about, if it has one.
pub fn address(links: &Links, event: &AuditEventView) -> Option<Address> {
    let (kind, id) = (event.target.kind.as_str(), event.target.id.as_str());
    let pages: [(TargetKind, &dyn Fn() -> Address); 14] = [
        (TargetKind::ServiceCredential, &|| links.service_credential(id)),
        (TargetKind::ApplicationCredential, &|| links.token(&TokenKind::Application, id)),
        (TargetKind::ApiToken, &|| links.token(&TokenKind::Api, id)),
        (TargetKind::PersonalAccessToken, &|| links.token(&TokenKind::Personal, id)),
        (TargetKind::Member, &|| links.member(id)),
        (TargetKind::LocalAccount, &|| links.member(id)),
        (TargetKind::SourceCredential, &|| links.source_credential(id)),
        (TargetKind::Source, &|| links.source(id)),
        (TargetKind::Webhook, &|| links.webhook(id)),
        (TargetKind::Group, &|| links.group(id)),
        (TargetKind::Resource, &|| links.resource(id)),
        (TargetKind::Scope, &|| links.scope(id)),
        (TargetKind::ResourceServer, &|| links.resource_server(id)),
        (TargetKind::Realm, &|| links.organization()),
    ];
    let found = pages.iter().find(|(known, _)| known.as_str() == kind);
    found.map(|(_, address)| address())
}
