//! Service credentials that need somebody.

use claviger_api::CredentialView;
use claviger_console::{AttentionAct, AttentionLine, Entry, MAX_ATTENTION, Tone, text};
use claviger_contract::Timestamp;

use crate::administration::{CredentialTotals, StillTrying, credentials_still_trying, list_credentials};
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use claviger_domain::{CredentialFilter, CredentialMatch, CredentialSort, Query, Status};

/// Expired, and something still presents their keys.
pub fn still_trying(visit: &Visit) -> Result<Vec<AttentionLine>, Stop> {
    let found = credentials_still_trying(&visit.state.administration, &visit.act()).map_err(stop)?;
    let line = |one: StillTrying| AttentionLine {
        tone: Tone::Bad,
        icon: "stop",
        words: format!("{} expired, and is still used", one.name),
        more: format!(
            "Refused {} in the last 24 hours. It expired {}.",
            text::things(&one.refused, "time", "times"),
            text::ago(&one.expired_at, &visit.now())
        ),
        act: look(visit, &one.id.to_string()),
    };
    Ok(found.into_iter().map(line).collect())
}

/// Within 14 days. What is being replaced has a successor.
pub fn expiring(visit: &Visit) -> Result<Vec<AttentionLine>, Stop> {
    let now = visit.now();
    let soon = now.plus_seconds(CredentialTotals::EXPIRING_DAYS * 86_400);
    let found = listed(visit, Status::Active.as_str(), Some(soon), CredentialSort::ExpiresAt)?;
    let line = |view: CredentialView| {
        let end = view.expires_at.filter(|_| view.overlap_ends_at.is_none())?;
        Some(AttentionLine {
            tone: Tone::Warn,
            icon: "clock",
            words: format!("{} expires {}", view.name, text::in_time(&end, &now)),
            more: "Renew it: the old key works beside the new one for a while.".to_owned(),
            act: renew(visit, &view),
        })
    };
    Ok(found.into_iter().filter_map(line).collect())
}

pub fn unused(visit: &Visit) -> Result<Vec<AttentionLine>, Stop> {
    let now = visit.now();
    let found = listed(visit, CredentialFilter::Unused.as_str(), None, CredentialSort::LastUsedAt)?;
    let line = |view: CredentialView| {
        let used = view.last_used_at.map_or_else(|| "never".to_owned(), |used| text::ago(&used, &now));
        AttentionLine {
            tone: Tone::Off,
            icon: "dash",
            words: format!("{} is not used", view.name),
            more: format!("Last used: {used}. Revoke what nobody needs."),
            act: look(visit, &view.id.to_string()),
        }
    };
    Ok(found.into_iter().map(line).collect())
}

fn look(visit: &Visit, id: &str) -> AttentionAct {
    AttentionAct::Open { words: "Look", address: visit.links().service_credential(id) }
}

fn renew(visit: &Visit, view: &CredentialView) -> AttentionAct {
    let id = view.id.to_string();
    let address = visit.links().renew_service_credential(&id);
    if visit.manages() { AttentionAct::Open { words: "Renew", address } } else { look(visit, &id) }
}

fn listed(
    visit: &Visit,
    status: &str,
    expires_before: Option<Timestamp>,
    sort: CredentialSort,
) -> Result<Vec<CredentialView>, Stop> {
    let query = Query {
        sort,
        descending: false,
        after: None,
        limit: MAX_ATTENTION,
        search: None,
        status: Some(status.to_owned()),
        expires_before,
    };
    list_credentials(&visit.state.administration, &visit.act(), &query, &CredentialMatch::default())
        .map_err(stop)
}

fn stop(error: crate::administration::AdministrationError) -> Stop {
    Stop::of(error, Entry::Overview)
}
