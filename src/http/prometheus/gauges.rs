//! Gauges that are read at the time of a scrape.

use metrics::Label;

use crate::http::prometheus::registry::Registry;
use crate::http::state::AppState;

const GAUGES: [(&str, &str); 16] = [
    ("claviger_build_info", "1, with the version as a label"),
    ("claviger_start_time_seconds", "Start time of this server, since the Unix epoch"),
    ("claviger_resident_memory_bytes", "Resident memory"),
    ("claviger_lease_held", "1 while this node holds a valid lease, else 0"),
    (
        "claviger_lease_age_seconds",
        "Time since the last lease renewal was requested; a lease lasts three seconds",
    ),
    ("claviger_database_reachable", "1 if the last attempt to reach the database succeeded, else 0"),
    ("claviger_connections", "Open client connections"),
    (
        "claviger_clock_trusted",
        "1 while the wall clock is trusted, else 0; while 0, no tokens are issued and nothing is ended by age",
    ),
    (
        "claviger_clock_ahead_of_database_seconds",
        "How far the wall clock is ahead of the database's clock (PostgreSQL)",
    ),
    ("claviger_nodes", "Server rows in the database, including this server's"),
    ("claviger_log_position", "The last row of the change log that this node has applied"),
    ("claviger_realms", "Realms"),
    ("claviger_service_credentials", "Credentials that are neither revoked nor being replaced, by realm"),
    ("claviger_revoked_tokens", "Individually revoked tokens on record, by realm"),
    ("claviger_signing_keys", "Published keys, by realm"),
    ("claviger_token_cache_bytes", "Memory used by the cache of verified and issued tokens"),
];

const TOKEN_LOOKUPS: &str = "claviger_token_cache_lookups_total";

const CONNECTIONS_REFUSED: &str = "claviger_connections_refused_total";

const EVENTS: &str = "claviger_events_total";

const WEBHOOK_ATTEMPTS: &str = "claviger_webhook_attempts_total";

const COUNTERS: [(&str, &str); 3] = [
    (
        "claviger_evictions_total",
        "Rows of other servers that this server removed because they were not renewed",
    ),
    (
        "claviger_late_renewals_total",
        "Lease renewals that completed after half of the previous lease had passed",
    ),
    ("claviger_signed_in_anew_total", "Number of times this server registered a new row after its first"),
];

pub fn describe(registry: &Registry) {
    for (name, help) in GAUGES {
        registry.describe_gauge(name, help);
    }
    registry.describe_counter(
        TOKEN_LOOKUPS,
        "Access tokens presented, by result: hit (presented before), issued_here (signature known), verified",
    );
    registry.describe_counter(
        CONNECTIONS_REFUSED,
        "Connections closed at once, by the limit reached: address (per client address) or all",
    );
    registry.describe_counter(
        EVENTS,
        "Events that webhooks can be told of, such as service_credential.expiring, written by this server",
    );
    registry.describe_counter(
        WEBHOOK_ATTEMPTS,
        "Attempts to send a webhook, by result: delivered, refused (not 2xx), unanswered",
    );
    for (name, help) in COUNTERS {
        registry.describe_counter(name, help);
    }
}

pub fn measure(registry: &Registry, state: &AppState) {
    let set = |name, labels, value: f64| registry.gauge(name, labels).set(value);
    let version = Label::from_static_parts("version", env!("CARGO_PKG_VERSION"));
    set("claviger_build_info", vec![version], 1.0);
    set("claviger_start_time_seconds", vec![], as_gauge(state.started_at.epoch_seconds().unsigned_abs()));
    if let Some(bytes) = resident_memory() {
        set("claviger_resident_memory_bytes", vec![], as_gauge(bytes));
    }
    let readiness = state.issuer.readiness();
    set("claviger_lease_held", vec![], if readiness.is_ready() { 1.0 } else { 0.0 });
    if let Some(age) = readiness.lease_age {
        set("claviger_lease_age_seconds", vec![], age.as_secs_f64());
    }
    set("claviger_database_reachable", vec![], if readiness.database_answers() { 1.0 } else { 0.0 });
    let trusted = state.issuer.clock_alarmed().is_none();
    set("claviger_clock_trusted", vec![], if trusted { 1.0 } else { 0.0 });
    if let Some(millis) = state.issuer.clock_apart_from_database() {
        set("claviger_clock_ahead_of_database_seconds", vec![], seconds(millis));
    }
    let follower = readiness.follower;
    set("claviger_nodes", vec![], count(follower.members));
    // The follower keeps these counters; they are read here.
    let counts = [follower.evictions, follower.late_renewals, follower.signed_in_anew];
    for ((name, _), counted) in COUNTERS.iter().zip(counts) {
        registry.counter(name, vec![]).absolute(counted);
    }
    set("claviger_connections", vec![], count(state.connections.open_now()));
    for (limit, counted) in state.connections.refused() {
        registry
            .counter(CONNECTIONS_REFUSED, vec![Label::from_static_parts("limit", limit)])
            .absolute(counted);
    }
    let cache = state.issuer.token_cache();
    set("claviger_token_cache_bytes", vec![], count(cache.bytes));
    let results =
        [("hit", cache.found), ("issued_here", cache.known_signatures), ("verified", cache.verified)];
    for (result, counted) in results {
        registry.counter(TOKEN_LOOKUPS, vec![Label::from_static_parts("result", result)]).absolute(counted);
    }
    for (event, counted) in state.administration.ledger.events().all() {
        registry.counter(EVENTS, vec![Label::from_static_parts("type", event.as_str())]).absolute(counted);
    }
    for (result, counted) in state.administration.webhooks.attempts() {
        registry
            .counter(WEBHOOK_ATTEMPTS, vec![Label::from_static_parts("result", result)])
            .absolute(counted);
    }
    let snapshot = state.administration.ledger.latest();
    set("claviger_log_position", vec![], as_gauge(snapshot.position.as_u64()));
    let mut realms = 0;
    for realm in snapshot.realms() {
        realms += 1;
        let labels = || vec![Label::new("realm", realm.record.label.to_string())];
        set("claviger_service_credentials", labels(), count(realm.live_names.len()));
        set("claviger_revoked_tokens", labels(), count(realm.revoked_tokens.len()));
        set("claviger_signing_keys", labels(), count(realm.keys.iter().len()));
    }
    set("claviger_realms", vec![], count(realms));
}

#[expect(clippy::cast_precision_loss, reason = "clock offsets stay far below 2^53 milliseconds")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1_000.0
}

fn count(number: usize) -> f64 {
    as_gauge(u64::try_from(number).unwrap_or(u64::MAX))
}

/// Prometheus has no integers; these values are exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "all values stay far below 2^53")]
fn as_gauge(number: u64) -> f64 {
    number as f64
}

/// The second figure of `/proc/self/statm`, in pages.
fn resident_memory() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * u64::try_from(rustix::param::page_size()).ok()?)
}
