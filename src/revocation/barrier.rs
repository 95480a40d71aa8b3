//! Waits until every answering node has applied a position, or can no longer answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use claviger_contract::{Position, RealmLabel, Timestamp};

use crate::activity::LastSeen;
use crate::ledger::Settles;
use crate::revocation::last_waits::LastWaits;
use crate::revocation::rounds::{Looked, Rounds};
use crate::revocation::watcher::{Told, Watcher};
use crate::snapshot::{ClockAlarm, RealmView, Snapshots};
use crate::store::{Store, StoreError};
use claviger_domain::{
    AudienceTier, Awaited, AwaitedNames, Confirmation, Durability, LAST_SEEN_KEPT_DAYS, Outcome, Receipt,
    RegistryService, Replication, Tier, Verdict, WaitedFor, judge,
};

/// The nodes that a barrier waits for.
pub enum Waited {
    /// Only this server, under this name: no other reads the database.
    Own(String),
    /// Every server that has signed in, according to the database.
    Members { store: Arc<Store>, rounds: Rounds },
}

/// Observes the end of each wait.
pub trait Witness: Send + Sync {
    /// Without a receipt, it is not known which nodes have applied the position.
    fn waited(&self, receipt: Option<&Receipt>, took: Duration);
}

pub struct Barrier {
    pub waited: Waited,
    pub witness: Option<Arc<dyn Witness>>,
    pub snapshots: Arc<Snapshots>,
    pub last_seen: Arc<LastSeen>,
    pub alarm: Arc<ClockAlarm>,
    pub last_waits: LastWaits,
    /// Every node that answers, now or later, has applied it: a returning node reads the head of the log first.
    pub passed: AtomicU64,
}

#[derive(Debug, thiserror::Error)]
pub enum BarrierFailed {
    #[error("the revocation is written, but this node has not applied it before the timeout: retry")]
    NotApplied,
    #[error(
        "the revocation is written, but the database cannot be asked which nodes have applied it: retry ({0})"
    )]
    Unasked(#[from] StoreError),
    #[error("the realm no longer exists")]
    NoRealm,
}

/// Without other members to wait for, the time limit for this node to apply a position.
const PATIENCE: Duration = Duration::from_secs(10);

/// An introspection within this time shows that a resource server checks tokens per request.
const HEARD_WITHIN_SECONDS: i64 = 24 * 3_600;

/// Bounds of the pause between two looks at the members. It grows with the time already waited.
const MIN_PAUSE: Duration = Duration::from_micros(500);
const MAX_PAUSE: Duration = Duration::from_millis(40);

/// A commit is acknowledged because a standby has it. A standby that does not report it within this many looks does not
/// have it.
const MAX_LOOKS_FOR_STANDBYS: u32 = 20;

struct Ended {
    names: AwaitedNames,
    after_ms: BTreeMap<String, u64>,
    durability: Durability,
}

impl Barrier {
    /// Call after the commit of `position` was acknowledged.
    fn wait(
        &self,
        position: Position,
        realm: &RealmView,
        watcher: Option<&dyn Watcher>,
    ) -> Result<Receipt, BarrierFailed> {
        let _span = tracing::info_span!("barrier.wait", %position).entered();
        let now = self.alarm.clock().since_boot();
        let committed_at = self.snapshots.committed_at(position).unwrap_or(now);
        let waited = self.wait_for_all(position, committed_at, Told::nobody(watcher));
        let took = self.since(committed_at);
        let receipt =
            waited.map(|Ended { names: AwaitedNames { confirmed, unconfirmed }, after_ms, durability }| {
                Receipt {
                    position,
                    waited_for: WaitedFor::Nodes,
                    outcome: if unconfirmed.is_empty() { Outcome::Confirmed } else { Outcome::WaitedOut },
                    took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
                    durability,
                    confirmed: Confirmation { nodes: confirmed, verifiers: Vec::new() },
                    confirmed_after_ms: after_ms,
                    unconfirmed: Confirmation { nodes: unconfirmed, verifiers: Vec::new() },
                    audiences: self.audiences(realm),
                    audiences_complete: self.last_seen.is_complete(&realm.record.label, self.heard_since()),
                }
            });
        self.tell(receipt.as_ref().ok(), took, realm);
        receipt
    }

    pub(super) fn receipt_watched(
        &self,
        realm: &RealmLabel,
        position: Position,
        watcher: Option<&dyn Watcher>,
    ) -> Result<Receipt, BarrierFailed> {
        let snapshot = self.snapshots.latest();
        let realm = snapshot.find_realm_or_deleted(realm.as_str()).ok_or(BarrierFailed::NoRealm)?;
        self.wait(position, realm, watcher)
    }

    fn tell(&self, receipt: Option<&Receipt>, took: Duration, realm: &RealmView) {
        if let Some(witness) = &self.witness {
            witness.waited(receipt, took);
        }
        if let Some(receipt) = receipt {
            self.last_waits.note(&realm.record.label, receipt, self.alarm.now());
        }
        if let Some(receipt) = receipt.filter(|receipt| receipt.outcome == Outcome::WaitedOut) {
            tracing::warn!(
                position = %receipt.position,
                realm = %realm.record.label,
                nodes = receipt.unconfirmed.nodes.join(", "),
                took_ms = receipt.took_ms,
                "waited out: these nodes have not confirmed this revocation; their leases have expired"
            );
        }
    }

    fn wait_for_all(
        &self,
        position: Position,
        committed_at: Duration,
        told: Told<'_>,
    ) -> Result<Ended, BarrierFailed> {
        let ended = self.wait_for_everybody(position, committed_at, told)?;
        self.passed.fetch_max(position.as_u64(), Ordering::Relaxed);
        Ok(ended)
    }

    fn has_passed(&self, position: Position) -> bool {
        self.passed.load(Ordering::Relaxed) >= position.as_u64()
    }

    fn wait_for_everybody(
        &self,
        position: Position,
        committed_at: Duration,
        mut told: Told<'_>,
    ) -> Result<Ended, BarrierFailed> {
        match &self.waited {
            Waited::Own(name) => {
                self.snapshots.wait_for(position, PATIENCE).ok_or(BarrierFailed::NotApplied)?;
                let names = AwaitedNames { confirmed: vec![name.clone()], unconfirmed: Vec::new() };
                told.tell(&names, self.since(committed_at));
                Ok(Ended { after_ms: told.after_ms(&names), names, durability: Durability::Single })
            }
            Waited::Members { store, rounds } => {
                let look = || rounds.next(store, self.alarm.clock());
                self.wait_for_members(look, position, committed_at, told)
            }
        }
    }

    fn since(&self, committed_at: Duration) -> Duration {
        self.alarm.clock().since_boot().saturating_sub(committed_at)
    }

    /// Whether the wait is confirmed or waited out is decided on rows read after the time that they are compared with.
    fn wait_for_members(
        &self,
        look: impl Fn() -> Result<Arc<Looked>, StoreError>,
        position: Position,
        committed_at: Duration,
        mut told: Told<'_>,
    ) -> Result<Ended, BarrierFailed> {
        // The member row of this node follows a moment later.
        self.snapshots.wait_for(position, MAX_PAUSE);
        let mut waited = Duration::ZERO;
        // The flushed position of the primary when first looked at after the commit: the commit lies below it.
        let mut committed_below = None;
        let mut looks_for_standbys = 0;
        let mut awaited = Awaited::default();
        loop {
            // Also before the first look: no member confirms at once, and members about to confirm need the processor.
            #[expect(
                clippy::disallowed_methods,
                reason = "other servers confirm in the database, which is polled"
            )]
            std::thread::sleep((waited / 4).clamp(MIN_PAUSE, MAX_PAUSE));
            let looked = look()?;
            let round = &looked.round;
            awaited.note(&round.members);
            let names = awaited.names(position);
            told.tell(&names, self.since(committed_at));
            let replication = looked.replication.as_ref().filter(|replication| replication.is_verifiable());
            let place = replication.map(|replication| *committed_below.get_or_insert(replication.flushed));
            if self.has_passed(position) || judge(round, committed_at, position) != Verdict::NotYet {
                let durability = match (replication, place) {
                    (Some(replication), Some(place)) => replication.durability(place),
                    _ => Durability::Single,
                };
                // A connected standby may be about to report it.
                let may_come = replication.is_some_and(Replication::has_enough_standbys);
                if durability == Durability::Single && may_come && looks_for_standbys < MAX_LOOKS_FOR_STANDBYS
                {
                    looks_for_standbys += 1;
                    continue;
                }
                return Ok(Ended { after_ms: told.after_ms(&names), names, durability });
            }
            waited = round.asked_at.saturating_sub(committed_at);
        }
    }

    /// Registries verify tokens offline and cannot be notified. Lists those that clients of the realm are known to use.
    fn registries(&self, realm: &RealmView) -> Vec<AudienceTier> {
        let now = self.alarm.now();
        let mut known: BTreeMap<RegistryService, Option<Timestamp>> = BTreeMap::new();
        let live = realm.registry_tokens.values().filter(|token| token.is_live(now));
        let named = realm.record.settings.registry_services.iter().chain(live.map(|token| &token.service));
        known.extend(named.map(|service| (service.clone(), None)));
        let last_seen = self.last_seen.registries(&realm.record.label, self.heard_since());
        known.extend(last_seen.into_iter().map(|(service, at)| (service, Some(at))));
        let tier = |(service, last_heard_at): (RegistryService, _)| AudienceTier {
            audience: service.to_string(),
            tier: Tier::T2,
            last_heard_at,
        };
        known.into_iter().map(tier).collect()
    }

    fn heard_since(&self) -> Timestamp {
        self.alarm.now().plus_seconds(-LAST_SEEN_KEPT_DAYS * 24 * 3_600)
    }

    /// How soon a revocation now takes effect at each audience of the realm's tokens.
    pub fn audiences(&self, realm: &RealmView) -> Vec<AudienceTier> {
        let now = self.alarm.now();
        let tier = |server: &crate::snapshot::LiveServer| {
            // The server that it replaces is the same service with another key.
            let next = |server: &&crate::snapshot::LiveServer| realm.servers.get(server.record.replaces?);
            let same = std::iter::successors(Some(server), next);
            let heard = same.filter_map(|one| self.last_seen.last(&realm.record.label, one.record.id));
            let last_heard_at = heard.max();
            let lately = last_heard_at.is_some_and(|at| at.plus_seconds(HEARD_WITHIN_SECONDS) > now);
            AudienceTier {
                audience: server.record.audience.to_string(),
                tier: if lately { Tier::T0 } else { Tier::T3 },
                last_heard_at,
            }
        };
        realm.servers.standing().map(tier).chain(self.registries(realm)).collect()
    }
}

impl Settles for Barrier {
    type Error = BarrierFailed;

    fn pass(&self, position: Position) -> Result<(), BarrierFailed> {
        if self.has_passed(position) {
            return Ok(());
        }
        let committed_at =
            self.snapshots.committed_at(position).unwrap_or_else(|| self.alarm.clock().since_boot());
        self.wait_for_all(position, committed_at, Told::nobody(None)).map(drop)
    }

    fn receipt(&self, realm: &RealmLabel, position: Position) -> Result<Receipt, BarrierFailed> {
        self.receipt_watched(realm, position, None)
    }
}
