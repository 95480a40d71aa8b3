//! `/console/{realm}/`: what needs somebody, then how the realm is doing.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_console::{
    Entry, EventLine, LastRevocation, OverviewPage, Reach, ReachKind, RealmOverview, Spot,
};

use crate::administration::{
    AdministrationError, CredentialTotals, credential_totals, list_audit_events, live_tokens, realm_usage,
};
use crate::http::console::attention::{own_attention, realm_attention};
use crate::http::console::stop::Stop;
use crate::http::console::trail::line;
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;
use crate::revocation::last_revocation;
use claviger_contract::CLOCK_LEEWAY_SECONDS;
use claviger_domain::{AudienceTier, AuditFilter, Outcome, Query, Tier, UsageKey};

const ENTRY: Entry = Entry::Overview;
const EVENTS: usize = 8;
const HOUR: i64 = 3_600;

/// A member without a role sees their own things only, which have pages of their own.
pub async fn overview(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let reads = Entry::ServiceCredentials.opens_for(&visit.role());
        let totals = if reads { Some(totals(visit)?) } else { None };
        let page = OverviewPage {
            frame: visit.frame(Some(ENTRY)),
            allowed: visit.session.realm.record.settings.service_credentials,
            attention: match &totals {
                Some(totals) => realm_attention(visit, totals)?,
                None => own_attention(visit)?,
            },
            realm: totals.map(|totals| realm(visit, &totals)).transpose()?,
            events: if reads { events(visit)? } else { Vec::new() },
        };
        visit.answer(&page)
    })
    .await
}

fn totals(visit: &Visit) -> Result<CredentialTotals, Stop> {
    credential_totals(&visit.state.administration, &visit.act()).map_err(stop)
}

fn realm(visit: &Visit, totals: &CredentialTotals) -> Result<RealmOverview, Stop> {
    let (administration, act, now) = (&visit.state.administration, visit.act(), visit.now());
    let this_hour = UsageKey::hour_of(now);
    let usage = realm_usage(administration, &act, now.plus_seconds(-23 * HOUR)).map_err(stop)?;
    let of_hour = |back: i64| {
        let hour = this_hour.plus_seconds(-back * HOUR);
        usage.iter().find(|known| known.hour == hour).map_or(0, |known| known.issued)
    };
    Ok(RealmOverview {
        live_credentials: totals.active,
        revoked_credentials: totals.revoked,
        expired_credentials: totals.expired,
        last_24_hours: Spot {
            issued: usage.iter().map(|hour| hour.issued).sum(),
            refused: usage.iter().map(|hour| hour.refused).sum(),
        },
        tokens_alive: live_tokens(administration, &act).map_err(stop)?,
        last_revocation: last_revocation_of(visit)?,
        reaches: reaches(visit),
        hours: (0..24).rev().map(of_hour).collect(),
    })
}

/// Of any node, also before its last start.
fn last_revocation_of(visit: &Visit) -> Result<Option<LastRevocation>, Stop> {
    let (state, act) = (&visit.state, visit.act());
    let last = last_revocation(&state.administration.ledger, &state.barrier.last_waits, &act);
    let last = last.map_err(|error| Stop::of_revocation(error, ENTRY))?;
    Ok(last.map(|last| LastRevocation {
        at: last.at,
        took_ms: last.took_ms,
        waited_out: last.outcome == Outcome::WaitedOut,
    }))
}

fn reaches(visit: &Visit) -> Vec<Reach> {
    let (barrier, realm) = (&visit.state.barrier, &visit.session.realm);
    let servers = barrier.coverage(realm).into_iter().map(|covered| (covered.audience, covered.instances));
    let registries = barrier.registries(realm).into_iter().map(|audience| (audience, 0));
    servers.chain(registries).map(|(audience, instances)| reach(visit, audience, instances)).collect()
}

fn reach(visit: &Visit, audience: AudienceTier, instances: u64) -> Reach {
    let registry = visit.session.realm.record.settings.registry_token_ttl_seconds.as_seconds();
    let seconds = (registry + CLOCK_LEEWAY_SECONDS).unsigned_abs();
    Reach {
        audience: audience.audience,
        kind: match audience.tier {
            Tier::T0 => ReachKind::AsksEveryTime,
            Tier::T1 => ReachKind::FollowsFeed,
            Tier::T2 => ReachKind::OwnTokens { seconds, until: None },
            Tier::T3 => ReachKind::ReadsKeysOnly { until: None },
        },
        heard_at: audience.last_heard_at,
        instances,
    }
}

fn events(visit: &Visit) -> Result<Vec<EventLine>, Stop> {
    let query = Query {
        sort: (),
        descending: true,
        after: None,
        limit: EVENTS,
        search: None,
        status: None,
        expires_before: None,
    };
    let filter = AuditFilter::default();
    let found =
        list_audit_events(&visit.state.administration, &visit.act(), &filter, &query).map_err(stop)?;
    Ok(found.iter().map(|listed| line(visit, &listed.event)).collect())
}

fn stop(error: AdministrationError) -> Stop {
    Stop::of(error, ENTRY)
}
