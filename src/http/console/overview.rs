//! `/console/{realm}/`: what needs somebody, then how the realm is doing.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use claviger_api::CredentialView;
use claviger_console::{
    AttentionAct, AttentionLine, Entry, EventLine, MAX_ATTENTION, OverviewPage, Reach, ReachKind,
    RealmOverview, Spot, Tone, text,
};

use crate::administration::{
    AdministrationError, CredentialTotals, credential_totals, list_audit_events, list_credentials,
    realm_usage,
};
use crate::http::console::stop::Stop;
use crate::http::console::trail::line;
use crate::http::console::visit::{Visit, show};
use crate::http::state::AppState;
use claviger_contract::CLOCK_LEEWAY_SECONDS;
use claviger_domain::{
    AudienceTier, AuditFilter, CredentialFilter, CredentialMatch, CredentialSort, Query, Role, Status, Tier,
    UsageKey,
};

const ENTRY: Entry = Entry::Overview;
const EVENTS: usize = 8;
const HOUR: i64 = 3_600;

/// A member without a role sees their own things only, which have pages of their own.
pub async fn overview(request: HttpRequest, state: Data<AppState>) -> HttpResponse {
    show(request, state, |visit| {
        let reads = Entry::ServiceCredentials.opens_for(&visit.role());
        let page = OverviewPage {
            frame: visit.frame(Some(ENTRY)),
            allowed: visit.session.realm.record.settings.service_credentials,
            attention: if reads { attention(visit)? } else { Vec::new() },
            realm: if reads { Some(realm(visit)?) } else { None },
            events: if reads { events(visit)? } else { Vec::new() },
        };
        visit.answer(&page)
    })
    .await
}

/// Worst first.
fn attention(visit: &Visit) -> Result<Vec<AttentionLine>, Stop> {
    let now = visit.now();
    let soon = now.plus_seconds(CredentialTotals::EXPIRING_DAYS * 86_400);
    let mut lines = requests(visit);
    for view in credentials(visit, Status::Active.as_str(), Some(soon), CredentialSort::ExpiresAt)? {
        let Some(end) = view.expires_at.filter(|_| view.overlap_ends_at.is_none()) else { continue };
        lines.push(AttentionLine {
            tone: Tone::Warn,
            icon: "clock",
            words: format!("{} expires {}", view.name, text::in_time(&end, &now)),
            more: "Renew it: the old key works beside the new one for a while.".to_owned(),
            act: renew(visit, &view),
        });
    }
    for view in credentials(visit, CredentialFilter::Unused.as_str(), None, CredentialSort::LastUsedAt)? {
        let used = view.last_used_at.map_or_else(|| "never".to_owned(), |used| text::ago(&used, &now));
        lines.push(AttentionLine {
            tone: Tone::Off,
            icon: "dash",
            words: format!("{} is not used", view.name),
            more: format!("Last used: {used}. Revoke what nobody needs."),
            act: look(visit, &view),
        });
    }
    let keys_only = visit.keys_only_services();
    if keys_only > 0 {
        lines.push(AttentionLine {
            tone: Tone::Warn,
            icon: "server",
            words: text::things(
                &keys_only,
                "service only reads the key set",
                "services only read the key set",
            ),
            more: "There a revoked token lasts until it ends.".to_owned(),
            act: AttentionAct::Open { words: "Which?", address: visit.links().reach() },
        });
    }
    lines.truncate(MAX_ATTENTION);
    Ok(lines)
}

/// Who signed in at the identity provider and asks an account holder to be let in.
fn requests(visit: &Visit) -> Vec<AttentionLine> {
    if !visit.session.member.has_role(Role::AccountHolder) {
        return Vec::new();
    }
    let (realm, now) = (&visit.session.realm, visit.now());
    let asking = realm.identities.requested(now).filter_map(|link| {
        let member = realm.members.get(&link.member)?;
        let name = link.name.as_ref().map_or_else(|| link.identity.subject.to_string(), ToString::to_string);
        Some(AttentionLine {
            tone: Tone::Warn,
            icon: "person",
            words: format!("{name} asks to sign in as {}", member.email),
            more: format!("They signed in at the identity provider {}.", text::ago(&link.created_at, &now)),
            act: AttentionAct::Open {
                words: "Answer",
                address: visit.links().member(&member.id.to_string()),
            },
        })
    });
    asking.take(MAX_ATTENTION).collect()
}

fn look(visit: &Visit, view: &CredentialView) -> AttentionAct {
    AttentionAct::Open { words: "Look", address: visit.links().service_credential(&view.id.to_string()) }
}

fn renew(visit: &Visit, view: &CredentialView) -> AttentionAct {
    let address = visit.links().renew_service_credential(&view.id.to_string());
    if visit.manages() { AttentionAct::Open { words: "Renew", address } } else { look(visit, view) }
}

fn credentials(
    visit: &Visit,
    status: &str,
    expires_before: Option<claviger_contract::Timestamp>,
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

fn realm(visit: &Visit) -> Result<RealmOverview, Stop> {
    let (administration, act, now) = (&visit.state.administration, visit.act(), visit.now());
    let totals = credential_totals(administration, &act).map_err(stop)?;
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
        tokens_alive: None,
        last_revocation: None,
        reaches: visit
            .state
            .barrier
            .audiences(&visit.session.realm)
            .iter()
            .map(|one| reach(visit, one))
            .collect(),
        hours: (0..24).rev().map(of_hour).collect(),
    })
}

fn reach(visit: &Visit, audience: &AudienceTier) -> Reach {
    let registry = visit.session.realm.record.settings.registry_token_ttl_seconds.as_seconds();
    let seconds = (registry + CLOCK_LEEWAY_SECONDS).unsigned_abs();
    Reach {
        audience: audience.audience.clone(),
        kind: match audience.tier {
            Tier::T0 => ReachKind::AsksEveryTime,
            Tier::T2 => ReachKind::OwnTokens { seconds, until: None },
            Tier::T3 => ReachKind::ReadsKeysOnly { until: None },
        },
        heard_at: audience.last_heard_at,
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
