//! One credential and its usage, as this member reads them.

use actix_web::HttpRequest;
use claviger_api::{CredentialUsageView, CredentialView, UsageHourView};
use claviger_console::{Audience, Entry, Spot, Usage, UsageAudience, UsageDay};
use claviger_contract::Timestamp;

use crate::administration::{AdministrationError, credential_usage, find_credential};
use crate::http::console::record::Record;
use crate::http::console::request::path_id;
use crate::http::console::stop::Stop;
use crate::http::console::visit::Visit;
use claviger_domain::ServiceCredentialId;

pub const ENTRY: Entry = Entry::ServiceCredentials;

const DAYS: i64 = 30;
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

impl Record for CredentialView {
    type Key = ServiceCredentialId;

    const ENTRY: Entry = ENTRY;

    fn key(request: &HttpRequest) -> Result<ServiceCredentialId, Stop> {
        path_id(request)
    }

    fn find(visit: &Visit, id: ServiceCredentialId) -> Result<Self, Stop> {
        let found = find_credential(&visit.state.administration, &visit.act(), id);
        found.map_err(stop)
    }
}

pub fn stop(error: AdministrationError) -> Stop {
    Stop::of(error, ENTRY)
}

pub fn usage(visit: &Visit, view: &CredentialView) -> Result<Usage, Stop> {
    let counted = credential_usage(&visit.state.administration, &visit.act(), view.id, DAYS);
    Ok(counted_usage(visit, view, &counted.map_err(stop)?))
}

fn counted_usage(visit: &Visit, view: &CredentialView, counted: &CredentialUsageView) -> Usage {
    let now = visit.now();
    let end = last_token_ends(view).filter(|end| *end > now && view.revoked_at.is_none());
    let issued_since = now.plus_seconds(-view.token_ttl_seconds.as_seconds());
    let midnight = now.plus_seconds(-now.epoch_seconds().rem_euclid(DAY));
    let days: Vec<UsageDay> = (0..DAYS)
        .rev()
        .map(|back| {
            let day = midnight.plus_seconds(-back * DAY);
            let within = |hour: &&UsageHourView| hour.hour >= day && hour.hour < day.plus_seconds(DAY);
            UsageDay { day, tokens: sum(counted.items.iter().filter(within)) }
        })
        .collect();
    let shown_since = days.first().map_or(midnight, |first| first.day);
    Usage {
        // As the audit trail estimates it: what the hours have that end within the lifetime of a token.
        tokens_alive: Some(end.map_or(0, |_| sum(since(counted, issued_since)).issued)),
        tokens_end_at: end,
        last_24_hours: sum(since(counted, now.plus_seconds(-DAY))),
        audiences: audiences(visit, counted.items.iter().filter(|hour| hour.hour >= shown_since)),
        days,
    }
}

/// By its last use, which other nodes store a moment later.
fn last_token_ends(view: &CredentialView) -> Option<Timestamp> {
    view.last_used_at.map(|used| used.plus_seconds(view.token_ttl_seconds.as_seconds()))
}

/// The hours that end after a moment.
fn since(counted: &CredentialUsageView, since: Timestamp) -> impl Iterator<Item = &UsageHourView> {
    counted.items.iter().filter(move |hour| hour.hour.plus_seconds(HOUR) > since)
}

fn sum<'a>(hours: impl Iterator<Item = &'a UsageHourView>) -> Spot {
    hours.fold(Spot::default(), |sum, hour| Spot {
        issued: sum.issued + hour.issued,
        refused: sum.refused + hour.refused,
    })
}

fn audiences<'a>(
    visit: &Visit,
    hours: impl Iterator<Item = &'a UsageHourView> + Clone,
) -> Vec<UsageAudience> {
    let mut named: Vec<&Option<String>> = hours.clone().map(|hour| &hour.audience).collect();
    named.sort();
    named.dedup();
    let line = |name: &Option<String>| UsageAudience {
        audience: match name {
            None => Audience::Unknown,
            Some(audience) if *audience == *visit.session.realm.issuer => Audience::Realm,
            Some(audience) => Audience::Named(audience.clone()),
        },
        tokens: sum(hours.clone().filter(|hour| hour.audience == *name)),
    };
    let mut lines: Vec<UsageAudience> = named.into_iter().map(line).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.tokens.issued));
    lines
}
