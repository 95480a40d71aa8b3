//! When the next object of each kind ends, and the certificate of this server.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use claviger_contract::{RealmLabel, Timestamp};
use metrics::Label;

use crate::http::prometheus::registry::Registry;
use crate::http::state::AppState;
use claviger_domain::{ExpirationCause, ExpirationKind};

const NEXT: &str = "claviger_next_expiration_timestamp_seconds";
const CERTIFICATE: &str = "claviger_certificate_expiration_timestamp_seconds";

/// A realm with more objects than this is not examined at every scrape.
const MAX_AT_EVERY_SCRAPE: usize = 10_000;
const EXAMINE_LARGE_EVERY: Duration = Duration::from_secs(300);

/// When each realm was last examined, in time since boot.
#[derive(Default)]
pub struct Expirations(Mutex<BTreeMap<RealmLabel, Duration>>);

impl Expirations {
    pub fn describe(registry: &Registry) {
        registry.describe_gauge(
            NEXT,
            "When the next active object ends, since the Unix epoch, by realm, kind and cause; +Inf if none will. In \
             a realm with more than 10,000 objects it is up to 5 minutes old",
        );
        registry.describe_gauge(
            CERTIFICATE,
            "When the TLS certificate of this server ends, since the Unix epoch; absent without TLS",
        );
    }

    /// Reads the snapshot alone.
    pub fn measure(&self, registry: &Registry, state: &AppState) {
        if let Some(end) = state.certificate_end.get() {
            registry.gauge(CERTIFICATE, vec![]).set(as_gauge(end));
        }
        let ledger = &state.administration.ledger;
        let (snapshot, now, clock) = (ledger.latest(), ledger.now(), ledger.since_boot());
        let mut examined = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A series stays until a restart.
        examined.retain(|realm, _| {
            let is_there = snapshot.find_realm(realm.as_str()).is_some();
            if !is_there {
                show(registry, realm, &BTreeMap::new());
            }
            is_there
        });
        for realm in snapshot.realms() {
            let label = &realm.record.label;
            let is_recent = |at: &Duration| clock.saturating_sub(*at) < EXAMINE_LARGE_EVERY;
            let is_large = realm.count_that_may_expire() > MAX_AT_EVERY_SCRAPE;
            if is_large && examined.get(label).is_some_and(is_recent) {
                continue;
            }
            show(registry, label, &realm.next_expirations(now));
            examined.insert(label.clone(), clock);
        }
    }
}

/// Of every kind, so that what has ended or was renewed does not stay.
fn show(
    registry: &Registry,
    realm: &RealmLabel,
    next: &BTreeMap<(ExpirationKind, ExpirationCause), Timestamp>,
) {
    for kind in ExpirationKind::ALL {
        for cause in kind.causes() {
            let labels = vec![
                Label::new("realm", realm.to_string()),
                Label::from_static_parts("kind", kind.as_str()),
                Label::from_static_parts("cause", cause.as_str()),
            ];
            let end = next.get(&(*kind, *cause)).map_or(f64::INFINITY, |end| as_gauge(*end));
            registry.gauge(NEXT, labels).set(end);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "times up to the year 9999 stay far below 2^53")]
fn as_gauge(time: Timestamp) -> f64 {
    time.epoch_seconds() as f64
}
