//! Waits until everyone who answers has applied a position, or can no longer answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use claviger_contract::{Position, Timestamp};

use super::rounds::{Looked, Rounds};
use crate::domain::{
    AudienceTier, Clock, Confirmation, Durability, Outcome, Receipt, RegistryService, ServingMember, Tier,
    Verdict, WaitedFor, judge,
};
use crate::snapshot::{Heard, RealmView, Snapshots};
use crate::store::{Store, StoreError};

/// Whom a barrier waits for.
pub enum Waited {
    /// This server alone, under this name: nobody else reads the database.
    Own(String),
    /// Every server that has signed in, as the database says.
    Members { store: Arc<Store>, rounds: Rounds },
}

/// Hears how each wait has ended.
pub trait Witness: Send + Sync {
    /// There is no receipt when it is not known who has applied it.
    fn waited(&self, receipt: Option<&Receipt>, took: Duration);
}

pub struct Barrier {
    pub waited: Waited,
    pub witness: Option<Arc<dyn Witness>>,
    pub snapshots: Arc<Snapshots>,
    pub heard: Arc<Heard>,
    pub clock: Arc<dyn Clock>,
}

#[derive(Debug, thiserror::Error)]
pub enum BarrierFailed {
    #[error("the revocation is written, but this node has not applied it in time: ask again")]
    NotApplied,
    #[error("the revocation is written, but who has applied it cannot be asked: ask again ({0})")]
    Unasked(#[from] StoreError),
}

/// Where nothing can be waited out, this is how long one's own applying may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// An introspection so long ago still says that a resource server asks per request.
const HEARD_WITHIN_SECONDS: i64 = 24 * 3_600;

/// Between two looks at the members: the longer, the longer it takes already.
const SHORTEST_PAUSE: Duration = Duration::from_micros(500);
const LONGEST_PAUSE: Duration = Duration::from_millis(40);

/// How a wait has ended: the names of those who have confirmed, and of the others.
struct Ended {
    confirmed: Vec<String>,
    unconfirmed: Vec<String>,
    durability: Durability,
}

/// Each once: a server that has signed in anew has two rows for a while.
fn names(members: &[&ServingMember]) -> Vec<String> {
    let names: BTreeSet<&String> = members.iter().map(|member| &member.name).collect();
    names.into_iter().cloned().collect()
}

impl Barrier {
    /// Called after the commit of `position` was acknowledged.
    pub fn wait(&self, position: Position, realm: &RealmView) -> Result<Receipt, BarrierFailed> {
        let _span = tracing::info_span!("barrier.wait", %position).entered();
        let now = self.clock.since_boot();
        let committed_at = self.snapshots.committed_at(position).unwrap_or(now);
        let waited = self.wait_for_all(position, committed_at);
        let took = self.clock.since_boot().saturating_sub(committed_at);
        let receipt = waited.map(|Ended { confirmed, unconfirmed, durability }| Receipt {
            position,
            waited_for: WaitedFor::Nodes,
            outcome: if unconfirmed.is_empty() { Outcome::Confirmed } else { Outcome::WaitedOut },
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            durability,
            confirmed: Confirmation { nodes: confirmed, verifiers: Vec::new() },
            unconfirmed: Confirmation { nodes: unconfirmed, verifiers: Vec::new() },
            audiences: self.audiences(realm),
        });
        self.tell(receipt.as_ref().ok(), took, realm);
        receipt
    }

    fn tell(&self, receipt: Option<&Receipt>, took: Duration, realm: &RealmView) {
        if let Some(witness) = &self.witness {
            witness.waited(receipt, took);
        }
        if let Some(receipt) = receipt.filter(|receipt| receipt.outcome == Outcome::WaitedOut) {
            tracing::warn!(
                position = %receipt.position,
                realm = %realm.record.label,
                nodes = receipt.unconfirmed.nodes.join(", "),
                took_ms = receipt.took_ms,
                "waited out: these nodes have not confirmed this revocation; their leases are over"
            );
        }
    }

    fn wait_for_all(&self, position: Position, committed_at: Duration) -> Result<Ended, BarrierFailed> {
        match &self.waited {
            Waited::Own(name) => {
                self.snapshots.wait_for(position, PATIENCE).ok_or(BarrierFailed::NotApplied)?;
                let (confirmed, unconfirmed) = (vec![name.clone()], Vec::new());
                Ok(Ended { confirmed, unconfirmed, durability: Durability::Single })
            }
            Waited::Members { store, rounds } => {
                self.wait_for_members(|| rounds.next(store, &*self.clock), position, committed_at)
            }
        }
    }

    /// Which of the two counts is decided on rows
    /// that were read after the time that they are compared with.
    fn wait_for_members(
        &self,
        look: impl Fn() -> Result<Arc<Looked>, StoreError>,
        position: Position,
        committed_at: Duration,
    ) -> Result<Ended, BarrierFailed> {
        // This node's own row follows a moment after this.
        self.snapshots.wait_for(position, LONGEST_PAUSE);
        let mut waited = Duration::ZERO;
        loop {
            // Before the first look too: nobody has confirmed at once, and whoever is about to needs the processor.
            #[expect(
                clippy::disallowed_methods,
                reason = "another server confirms in the database, which is asked"
            )]
            std::thread::sleep((waited / 4).clamp(SHORTEST_PAUSE, LONGEST_PAUSE));
            let looked = look()?;
            let round = &looked.round;
            if judge(round, committed_at, position) != Verdict::NotYet {
                let (confirmed, rest): (Vec<_>, Vec<_>) =
                    round.members.iter().partition(|member| member.applied >= position);
                let (confirmed, unconfirmed) = (names(&confirmed), names(&rest));
                return Ok(Ended { confirmed, unconfirmed, durability: looked.durability });
            }
            waited = round.asked_at.saturating_sub(committed_at);
        }
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
