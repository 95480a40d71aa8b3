//! How a resource server learns of revocations, as observed.

use std::collections::BTreeMap;

use claviger_api::ResourceServerView;
use claviger_console::ReachKind;
use claviger_contract::Timestamp;

use crate::http::console::visit::Visit;
use claviger_domain::{AudienceTier, Tier};

/// By audience.
pub struct Observed(BTreeMap<String, AudienceTier>);

impl Observed {
    pub fn now(visit: &Visit) -> Self {
        let tiers = visit.state.barrier.audiences(&visit.session.realm);
        Self(tiers.into_iter().map(|tier| (tier.audience.clone(), tier)).collect())
    }

    /// Its kind, and when it was last seen.
    pub fn of(&self, view: &ResourceServerView) -> (ReachKind, Option<Timestamp>) {
        let tier = self.0.get(view.audience.as_str());
        let kind = match tier.map(|tier| tier.tier) {
            Some(Tier::T0) => ReachKind::AsksEveryTime,
            Some(Tier::T1) => ReachKind::FollowsFeed,
            _ => ReachKind::ReadsKeysOnly { until: None },
        };
        (kind, tier.and_then(|tier| tier.last_heard_at))
    }
}
