//! What was retrieved for a source, of the audit trail.

use claviger_api::AuditEventView;
use claviger_console::{EventLine, Mark, Retrieval, StoppedBy, Tone};

use crate::http::console::service_credentials::lines::actor_name;
use crate::http::console::stop::Stop;
use crate::http::console::trail::{events_of, own_line};
use crate::http::console::vault::known::{SOURCES, stop};
use crate::http::console::visit::Visit;
use claviger_domain::{AuditAction, SourceCredentialId, SourceId, TargetKind};

/// Events that are looked at.
const READ: usize = 60;
const SHOWN: usize = 15;

/// The newest retrievals, and the newest of all other events.
pub fn of_source(visit: &Visit, id: SourceId) -> Result<(Vec<Retrieval>, Vec<EventLine>), Stop> {
    if !SOURCES.opens_for(&visit.role()) {
        return Ok((Vec::new(), Vec::new()));
    }
    let events = events_of(visit, TargetKind::Source, &id.to_string(), READ).map_err(stop)?;
    let (retrieved, others): (Vec<_>, Vec<_>) = events.iter().partition(|event| words(event).is_some());
    let retrievals = retrieved.into_iter().take(SHOWN).filter_map(|event| retrieval(visit, event));
    let others = others.into_iter().take(SHOWN).map(|event| own_line(visit, event, "it"));
    Ok((retrievals.collect(), others.collect()))
}

/// Who deleted a credential, if the trail still has it.
pub fn deletion(visit: &Visit, id: SourceCredentialId) -> Result<Option<StoppedBy>, Stop> {
    let events = events_of(visit, TargetKind::SourceCredential, &id.to_string(), SHOWN).map_err(stop)?;
    let action = AuditAction::SourceCredentialDelete.as_str();
    let found = events.iter().find(|event| event.action == action);
    Ok(found.map(|event| StoppedBy {
        actor: actor_name(visit, &event.actor),
        credential: event.target.name.clone(),
        at: event.at,
    }))
}

fn words(event: &AuditEventView) -> Option<Mark> {
    let outcome = after(event, "outcome");
    let is = |action: AuditAction| event.action == action.as_str();
    match () {
        () if is(AuditAction::SourceResolve) => Some(Mark::new(Tone::Ok, "ok", "Resolved")),
        () if is(AuditAction::SourceReport) => Some(Mark::new(Tone::Bad, "stop", "Refused, as reported")),
        () if is(AuditAction::SourcePull) => Some(match outcome {
            Some("ok") => Mark::new(Tone::Ok, "ok", "Retrieved"),
            Some(outcome) => Mark::new(Tone::Bad, "stop", outcome_words(outcome)),
            None => Mark::new(Tone::Off, "dash", "Unknown"),
        }),
        () => None,
    }
}

/// Of a pull that did not succeed.
pub fn outcome_words(outcome: &str) -> &'static str {
    match outcome {
        "invalid_credential" => "Not accepted",
        "insufficient_permission" => "Not permitted",
        "wrong_url" => "Nothing at its address",
        "expired" => "Expired",
        "rate_limited" => "Rate limited",
        "unreachable" => "No answer",
        "provider_error" => "Error of the provider",
        _ => "Not understood",
    }
}

fn retrieval(visit: &Visit, event: &AuditEventView) -> Option<Retrieval> {
    let version = event.after.as_ref()?.get("version")?.as_u64()?;
    let id = after(event, "source_credential_id").and_then(|id| id.parse::<SourceCredentialId>().ok());
    let live = id.and_then(|id| visit.session.realm.vault.credential(id));
    let name = after(event, "source_credential").map(str::to_owned);
    let name = name.or_else(|| live.map(|live| live.name.to_string()));
    Some(Retrieval {
        at: event.at,
        actor: actor_name(visit, &event.actor),
        credential: format!("{}, version {version}", name.as_deref().unwrap_or("deleted")),
        mark: words(event)?,
        items: event.after.as_ref().and_then(|after| after.get("items")?.as_u64()),
    })
}

fn after<'a>(event: &'a AuditEventView, member: &str) -> Option<&'a str> {
    event.after.as_ref()?.get(member)?.as_str()
}
