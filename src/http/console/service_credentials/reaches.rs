//! Who refuses a revoked token when.

use claviger_api::CredentialView;
use claviger_console::{Reach, ReachKind};
use claviger_contract::{CLOCK_LEEWAY_SECONDS, Timestamp};

use crate::http::console::visit::Visit;
use claviger_domain::{AudienceTier, Tier};

/// For tokens that were issued no later than `until`.
pub fn reaches(
    visit: &Visit,
    view: &CredentialView,
    until: Timestamp,
    audiences: &[AudienceTier],
) -> Vec<Reach> {
    let lifetime = view.token_ttl_seconds.as_seconds();
    let registry = visit.session.realm.record.settings.registry_token_ttl_seconds.as_seconds();
    let own = registry + CLOCK_LEEWAY_SECONDS;
    let reach = |audience: &AudienceTier| Reach {
        audience: audience.audience.clone(),
        kind: match audience.tier {
            Tier::T0 => ReachKind::AsksEveryTime,
            Tier::T1 => ReachKind::FollowsFeed,
            Tier::T2 => {
                ReachKind::OwnTokens { seconds: own.unsigned_abs(), until: Some(until.plus_seconds(own)) }
            }
            Tier::T3 => ReachKind::ReadsKeysOnly { until: Some(until.plus_seconds(lifetime)) },
        },
        heard_at: audience.last_heard_at,
        instances: 0,
    };
    audiences.iter().map(reach).collect()
}
