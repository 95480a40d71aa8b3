//! Waits until everyone who answers has applied a position, or can no longer answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use claviger_contract::{Position, Timestamp};

use crate::domain::{
    AudienceTier, Clock, Confirmation, Durability, Outcome, Receipt, RegistryService, Tier, WaitedFor,
};
use crate::snapshot::{Heard, RealmView, Snapshots};

/// Whom a barrier waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// This node, which applies the log like any other.
    pub node: String,
    /// How long its own lease can last at most without having applied a row; `None` is for ever.
    pub lease: Option<Duration>,
    /// Servers before this one that did not leave properly.
    pub predecessors: Vec<String>,
    /// When their last lease is over, on this machine's boot clock.
    pub predecessors_over_at: Duration,
}

pub struct Barrier {
    pub members: Members,
    pub snapshots: Arc<Snapshots>,
    pub heard: Arc<Heard>,
    pub clock: Arc<dyn Clock>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the revocation is written, but this node has not applied it in time: ask again")]
pub struct BarrierFailed;

/// Where nothing can be waited out, this is how long one's own applying may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// An introspection so long ago still says that a resource server asks per request.
const HEARD_WITHIN_SECONDS: i64 = 24 * 3_600;

impl Barrier {
    /// Called after the commit of `position` was acknowledged.
    pub fn wait(&self, position: Position, realm: &RealmView) -> Result<Receipt, BarrierFailed> {
        let _span = tracing::info_span!("barrier.wait", %position).entered();
        let committed_at = self.clock.since_boot();
        let own_patience = self.members.lease.unwrap_or(PATIENCE);
        let applied = self.snapshots.wait_for(position, own_patience).is_some();
        if !applied && self.members.lease.is_none() {
            return Err(BarrierFailed);
        }
        let unconfirmed_predecessors = self.wait_out_predecessors(committed_at);
        let me = vec![self.members.node.clone()];
        let (confirmed, mut unconfirmed) = if applied { (me, Vec::new()) } else { (Vec::new(), me) };
        unconfirmed.extend(unconfirmed_predecessors.iter().cloned());
        let outcome = if unconfirmed.is_empty() { Outcome::Confirmed } else { Outcome::WaitedOut };
        let took = self.clock.since_boot().saturating_sub(committed_at);
        Ok(Receipt {
            position,
            waited_for: WaitedFor::Nodes,
            outcome,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            durability: Durability::Single,
            confirmed: Confirmation { nodes: confirmed, verifiers: Vec::new() },
            unconfirmed: Confirmation { nodes: unconfirmed, verifiers: Vec::new() },
            audiences: self.audiences(realm),
        })
    }

    /// They cannot confirm; what they knew before the commit they may answer from until their lease is over.
    fn wait_out_predecessors(&self, committed_at: Duration) -> &[String] {
        let over_at = self.members.predecessors_over_at;
        if self.members.predecessors.is_empty() || committed_at >= over_at {
            return &[];
        }
        #[expect(clippy::disallowed_methods, reason = "the wait is the point: nothing could end it earlier")]
        while let Some(rest) = over_at.checked_sub(self.clock.since_boot()).filter(|rest| !rest.is_zero()) {
            std::thread::sleep(rest);
        }
        &self.members.predecessors
    }

    /// Registries check tokens by themselves and cannot be told: those that clients of the realm are known to use.
    fn registries(&self, realm: &RealmView) -> Vec<AudienceTier> {
        let now = self.clock.now();
        let mut known: BTreeMap<RegistryService, Option<Timestamp>> = BTreeMap::new();
        let live = realm.registry_tokens.values().filter(|token| token.is_live(now));
        let named = realm.record.settings.registry_services.iter().chain(live.map(|token| &token.service));
        known.extend(named.map(|service| (service.clone(), None)));
        let heard = self.heard.services(&realm.record.label);
        known.extend(heard.into_iter().map(|(service, at)| (service, Some(at))));
        let tier = |(service, last_heard_at): (RegistryService, _)| AudienceTier {
            audience: service.to_string(),
            tier: Tier::T2,
            last_heard_at,
        };
        known.into_iter().map(tier).collect()
    }

    fn audiences(&self, realm: &RealmView) -> Vec<AudienceTier> {
        let now = self.clock.now();
        let tier = |server: &crate::snapshot::LiveServer| {
            let last_heard_at = self.heard.last(server.record.id);
            let lately = last_heard_at.is_some_and(|at| at.plus_seconds(HEARD_WITHIN_SECONDS) > now);
            AudienceTier {
                audience: server.record.audience.to_string(),
                tier: if lately { Tier::T0 } else { Tier::T3 },
                last_heard_at,
            }
        };
        realm.servers.values().map(tier).chain(self.registries(realm)).collect()
    }
}
