//! What every act has: caller, address, state and time.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};
use uuid::Builder;

use crate::ledger::caller::Caller;
use crate::ledger::tokens_alive::{TokensAlive, UNKNOWN};
use crate::snapshot::{RealmView, Snapshot};
use crate::store::TablesAtHead;
use claviger_domain::{Attempt, Id, Limits, Randomness, TagList, TrustedNow, WaitedFor};

/// The request behind an act.
#[derive(Clone, Debug)]
pub struct Act {
    pub realm: RealmLabel,
    pub caller: Caller,
    /// `None` for the operator of the machine.
    pub address: Option<String>,
    pub request_id: Option<String>,
    /// The accepted states of the object; `None` accepts any.
    pub if_match: Option<TagList>,
    /// For a creating act that may be retried.
    pub attempt: Option<Attempt>,
    /// Whether a restricting act is decided only, to find out whom it affects, and nothing is committed.
    pub dry_run: bool,
    /// Whom a restricting act waits for before it is answered.
    pub waited_for: WaitedFor,
}

impl Act {
    /// An act without an HTTP request.
    pub fn local(realm: RealmLabel, caller: Caller) -> Self {
        Self {
            realm,
            caller,
            address: None,
            request_id: None,
            if_match: None,
            attempt: None,
            dry_run: false,
            waited_for: WaitedFor::Verifiers,
        }
    }
}

/// The state at the head of the log, which cannot change while an act is decided.
pub struct Scene<'a> {
    pub snapshot: &'a Arc<Snapshot>,
    /// The position of the act's first log row.
    pub next: Position,
    pub now: Timestamp,
    /// Maximum number of objects of each kind.
    pub limits: Limits,
    /// `None` during a clock alarm: then nothing is forgotten because of its age.
    pub trusted: Option<TrustedNow>,
    /// For reads while the act is decided.
    pub tables: TablesAtHead<'a>,
    /// Read before the act.
    pub tokens_alive: &'a TokensAlive,
    pub(super) randomness: &'a dyn Randomness,
}

impl<'a> Scene<'a> {
    /// For what is decided outside the ledger's transaction.
    pub fn new(
        snapshot: &'a Arc<Snapshot>,
        next: Position,
        now: Timestamp,
        randomness: &'a dyn Randomness,
    ) -> Self {
        let (limits, tables) = (Limits::default(), TablesAtHead::none());
        let tokens_alive = &UNKNOWN;
        Self { snapshot, next, now, limits, trusted: None, tables, tokens_alive, randomness }
    }

    pub fn find_realm(&self, label: &RealmLabel) -> Option<&Arc<RealmView>> {
        self.snapshot.find_realm(label.as_str())
    }

    /// Also a deleted realm, whose name is not free yet.
    pub fn find_realm_or_deleted(&self, label: &RealmLabel) -> Option<&Arc<RealmView>> {
        self.snapshot.find_realm_or_deleted(label.as_str())
    }

    pub fn new_id<Kind>(&self) -> Id<Kind> {
        new_id(self.now, self.next, self.randomness)
    }

    pub fn randomness(&self) -> &dyn Randomness {
        self.randomness
    }
}

/// Time-ordered (UUID version 7). Times here are whole seconds. Within a second, ids follow the log: the position fills
/// the milliseconds and the next 12 bits. The other 62 bits are random.
pub fn new_id<Kind>(now: Timestamp, position: Position, randomness: &dyn Randomness) -> Id<Kind> {
    let seconds = now.epoch_seconds().max(0).cast_unsigned();
    let [.., high, low] = position.as_u64().to_be_bytes();
    let millis = seconds.saturating_mul(1_000).saturating_add((position.as_u64() >> 12) % 1_000);
    let mut rest = randomness.bytes::<10>();
    (rest[0], rest[1]) = (high, low);
    Id::from_uuid(Builder::from_unix_timestamp_millis(millis, &rest).into_uuid())
}
