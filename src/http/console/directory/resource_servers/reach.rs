//! How a resource server learns of revocations, as observed.

use claviger_api::{ObservedResourceServer, ResourceServerView};
use claviger_console::ReachKind;

use crate::http::console::visit::Visit;
use crate::http::coverage::Observed;
use claviger_domain::Tier;

pub fn observed(visit: &Visit) -> Observed {
    Observed::of(visit.state.barrier.coverage(&visit.session.realm))
}

pub fn kind(observed: &ObservedResourceServer) -> ReachKind {
    match observed.tier {
        Tier::T0 => ReachKind::AsksEveryTime,
        Tier::T1 => ReachKind::FollowsFeed,
        Tier::T2 | Tier::T3 => ReachKind::ReadsKeysOnly { until: None },
    }
}

/// Without those that are being replaced.
pub fn is_standing(server: &ResourceServerView) -> bool {
    server.overlap_ends_at.is_none()
}
