//! Waits until every answering node and every verifier has applied a position, or can no longer answer or accept.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use claviger_contract::{Position, RealmLabel};

use crate::activity::LastSeen;
use crate::ledger::Settles;
use crate::revocation::last_waits::LastWaits;
use crate::revocation::passed::Passed;
use crate::revocation::rounds::Rounds;
use crate::revocation::verifiers::Verifiers;
use crate::revocation::watcher::{Told, Watcher};
use crate::snapshot::{ClockAlarm, RealmView, Snapshots};
use crate::store::{Store, StoreError};
use claviger_domain::{
    Awaited, AwaitedNames, AwaitedVerifiers, Confirmation, ConfirmedVerifier, Durability, LEASE, Outcome,
    Receipt, Replication, Round, ServingMember, Verdict, WaitedFor, judge,
};

/// The nodes that a barrier waits for.
pub enum Waited {
    /// Only this server, under this name: no other reads the database.
    Own(String),
    /// Every server that has signed in, according to the database.
    Members,
}

/// Observes the end of each wait.
pub trait Witness: Send + Sync {
    /// Without a receipt, it is not known which nodes have applied the position.
    fn waited(&self, receipt: Option<&Receipt>, took: Duration);
}

pub struct Barrier {
    pub waited: Waited,
    pub store: Arc<Store>,
    pub rounds: Rounds,
    pub verifiers: Arc<Verifiers>,
    pub witness: Option<Arc<dyn Witness>>,
    pub snapshots: Arc<Snapshots>,
    pub last_seen: Arc<LastSeen>,
    pub alarm: Arc<ClockAlarm>,
    pub last_waits: Arc<LastWaits>,
    pub passed: Passed,
}

/// What one caller waits for.
#[derive(Clone, Copy)]
struct Awaiting<'a> {
    realm: &'a RealmLabel,
    position: Position,
    waited_for: WaitedFor,
    /// A time after the commit was acknowledged.
    committed_at: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum BarrierFailed {
    #[error("the revocation is written, but this node has not applied it before the timeout: retry")]
    NotApplied,
    #[error("the revocation is written, but the database cannot be asked who has applied it: retry ({0})")]
    Unasked(#[from] StoreError),
    #[error("the realm no longer exists")]
    NoRealm,
}

/// Without other members to wait for, the time limit for this node to apply a position.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bounds of the pause between two looks at the members. It grows with the time already waited.
const MIN_PAUSE: Duration = Duration::from_micros(500);
const MAX_PAUSE: Duration = Duration::from_millis(40);

/// A commit is acknowledged because a standby has it. A standby that does not report it within this many looks does not
/// have it.
const MAX_LOOKS_FOR_STANDBYS: u32 = 20;

struct Ended {
    names: AwaitedNames,
    after_ms: BTreeMap<String, u64>,
    verifiers: AwaitedVerifiers,
    durability: Durability,
}

impl Barrier {
    /// Call after the commit of `position` was acknowledged.
    fn wait(
        &self,
        position: Position,
        realm: &RealmView,
        waited_for: WaitedFor,
        watcher: Option<&dyn Watcher>,
    ) -> Result<Receipt, BarrierFailed> {
        let _span = tracing::info_span!("barrier.wait", %position).entered();
        let awaiting = self.awaiting(&realm.record.label, position, waited_for);
        let waited = self.wait_for_all(awaiting, Told::nobody(watcher));
        let took = self.since(awaiting.committed_at);
        let receipt = waited.map(|ended| self.write_receipt(ended, position, realm, took));
        self.tell(receipt.as_ref().ok(), took, realm);
        receipt
    }

    fn write_receipt(&self, ended: Ended, position: Position, realm: &RealmView, took: Duration) -> Receipt {
        let Ended { names, after_ms, verifiers, durability } = ended;
        let AwaitedNames { confirmed, unconfirmed } = names;
        let found = verifiers.instances(position);
        let mut confirmed = Confirmation { nodes: confirmed, verifiers: Vec::new() };
        let mut unconfirmed = Confirmation { nodes: unconfirmed, verifiers: Vec::new() };
        for (server, instances) in &found {
            let name = realm.servers.get(*server).map(|known| known.record.name.to_string());
            let resource_server = name.unwrap_or_else(|| server.to_string());
            let counts = [(&mut confirmed, instances.confirmed), (&mut unconfirmed, instances.unconfirmed)];
            for (list, instances) in counts.into_iter().filter(|(_, count)| *count > 0) {
                let resource_server = resource_server.clone();
                list.verifiers.push(ConfirmedVerifier { resource_server, instances });
            }
        }
        let is_confirmed = unconfirmed.nodes.is_empty() && unconfirmed.verifiers.is_empty();
        Receipt {
            position,
            waited_for: if found.is_empty() { WaitedFor::Nodes } else { WaitedFor::Verifiers },
            outcome: if is_confirmed { Outcome::Confirmed } else { Outcome::WaitedOut },
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            durability,
            confirmed,
            confirmed_after_ms: after_ms,
            unconfirmed,
            audiences: self.audiences_found(realm, &found),
            audiences_complete: self.last_seen.is_complete(&realm.record.label, self.heard_since()),
        }
    }

    fn awaiting<'a>(&self, realm: &'a RealmLabel, position: Position, waited_for: WaitedFor) -> Awaiting<'a> {
        let committed_at = self.snapshots.committed_at(position);
        let committed_at = committed_at.unwrap_or_else(|| self.alarm.clock().since_boot());
        Awaiting { realm, position, waited_for, committed_at }
    }

    pub(super) fn receipt_watched(
        &self,
        realm: &RealmLabel,
        position: Position,
        waited_for: WaitedFor,
        watcher: Option<&dyn Watcher>,
    ) -> Result<Receipt, BarrierFailed> {
        let snapshot = self.snapshots.latest();
        let realm = snapshot.find_realm_or_deleted(realm.as_str()).ok_or(BarrierFailed::NoRealm)?;
        self.wait(position, realm, waited_for, watcher)
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
                verifiers = listed(&receipt.unconfirmed.verifiers),
                took_ms = receipt.took_ms,
                "waited out: these have not confirmed this revocation; their leases have expired"
            );
        }
    }

    fn wait_for_all(&self, awaiting: Awaiting<'_>, told: Told<'_>) -> Result<Ended, BarrierFailed> {
        let Awaiting { realm, position, waited_for, .. } = awaiting;
        let ended = self.wait_for_everybody(awaiting, told)?;
        self.passed.note(realm, position, waited_for);
        Ok(ended)
    }

    fn since(&self, committed_at: Duration) -> Duration {
        self.alarm.clock().since_boot().saturating_sub(committed_at)
    }

    /// Whether the wait is confirmed or waited out is decided on rows read after the time that they are compared with.
    fn wait_for_everybody(&self, awaiting: Awaiting<'_>, mut told: Told<'_>) -> Result<Ended, BarrierFailed> {
        let Awaiting { realm, position, waited_for, committed_at } = awaiting;
        let own = self.wait_for_own(position)?;
        let rounds = self.rounds.wait((waited_for == WaitedFor::Verifiers).then_some(realm));
        let mut waited = Duration::ZERO;
        // The flushed position of the primary when first looked at after the commit: the commit lies below it.
        let mut committed_below = None;
        let mut looks_for_standbys = 0;
        let mut awaited = Awaited::default();
        let mut verifiers = AwaitedVerifiers::default();
        if let (Some(own), WaitedFor::Nodes) = (&own, waited_for) {
            awaited.note(std::slice::from_ref(own));
            let names = awaited.names(position);
            told.tell(&names, self.since(committed_at));
            let (after_ms, durability) = (told.after_ms(&names), Durability::Single);
            return Ok(Ended { names, after_ms, verifiers, durability });
        }
        loop {
            if own.is_none() || !waited.is_zero() {
                // Also before the first look at members: none confirms at once, and members about to confirm need the
                // processor.
                pause((waited / 4).clamp(MIN_PAUSE, MAX_PAUSE));
            }
            let looked = rounds.next(&self.store, self.alarm.clock())?;
            let members = own.as_ref().map_or(&*looked.rows.members, std::slice::from_ref);
            let round = Round { asked_at: looked.asked_at, members, verifiers: rounds.verifiers(&looked) };
            awaited.note(round.members);
            verifiers.note(round.verifiers);
            let names = awaited.names(position);
            let since = self.since(committed_at);
            told.tell(&names, since);
            told.tell_verifiers(&verifiers, position, since);
            let replication = looked.rows.replication.as_ref().filter(|found| found.is_verifiable());
            let place = replication.map(|replication| *committed_below.get_or_insert(replication.flushed));
            if self.passed.has(realm, position, waited_for)
                || judge(&round, committed_at, position) != Verdict::NotYet
            {
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
                return Ok(Ended { after_ms: told.after_ms(&names), names, verifiers, durability });
            }
            waited = round.asked_at.saturating_sub(committed_at).max(MIN_PAUSE);
        }
    }

    /// Waits for this node. Without other nodes it is returned as the only member, and its row in the database, which is
    /// written later, is not waited for.
    fn wait_for_own(&self, position: Position) -> Result<Option<ServingMember>, BarrierFailed> {
        match &self.waited {
            Waited::Own(name) => {
                self.snapshots.wait_for(position, PATIENCE).ok_or(BarrierFailed::NotApplied)?;
                let (incarnation, name, lease_seq) = (String::new(), name.clone(), 0);
                Ok(Some(ServingMember { incarnation, name, lease_seq, applied: position, lease: LEASE }))
            }
            Waited::Members => {
                // The member row of this node follows a moment later.
                self.snapshots.wait_for(position, MAX_PAUSE);
                Ok(None)
            }
        }
    }
}

fn listed(verifiers: &[ConfirmedVerifier]) -> String {
    verifiers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[expect(clippy::disallowed_methods, reason = "others confirm in the database, which is polled")]
fn pause(how_long: Duration) {
    std::thread::sleep(how_long);
}

impl Settles for Barrier {
    type Error = BarrierFailed;

    fn pass(
        &self,
        realm: &RealmLabel,
        position: Position,
        waited_for: WaitedFor,
    ) -> Result<(), BarrierFailed> {
        if self.passed.has(realm, position, waited_for) {
            return Ok(());
        }
        let awaiting = self.awaiting(realm, position, waited_for);
        self.wait_for_all(awaiting, Told::nobody(None)).map(drop)
    }

    fn receipt(
        &self,
        realm: &RealmLabel,
        position: Position,
        waited_for: WaitedFor,
    ) -> Result<Receipt, BarrierFailed> {
        self.receipt_watched(realm, position, waited_for, None)
    }
}
