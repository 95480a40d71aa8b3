//! What every act has: who, from where, on which state, when.

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, Timestamp};
use uuid::{Builder, Uuid};

use super::Caller;
use crate::domain::{Attempt, Randomness, TagList};
use crate::snapshot::{RealmView, Snapshot};

/// The request behind an act.
#[derive(Clone, Debug)]
pub struct Act {
    pub realm: RealmLabel,
    pub caller: Caller,
    /// `None` for the operator of the machine.
    pub address: Option<String>,
    pub request_id: Option<String>,
    /// The states of the object in which the caller wants this done; `None` is any.
    pub if_match: Option<TagList>,
    /// Of an act that makes something and may be sent again.
    pub attempt: Option<Attempt>,
}

impl Act {
    /// By somebody who has sent no request.
    pub fn local(realm: RealmLabel, caller: Caller) -> Self {
        Self { realm, caller, address: None, request_id: None, if_match: None, attempt: None }
    }
}

/// The state at the head of the log, which nobody can change while an act is decided.
pub struct Scene<'a> {
    pub snapshot: &'a Arc<Snapshot>,
    /// Where the act's first log row will stand.
    pub next: Position,
    pub now: Timestamp,
    pub(super) randomness: &'a dyn Randomness,
}

impl<'a> Scene<'a> {
    /// For what is decided in another transaction than the ledger's: a restore's.
    pub fn new(
        snapshot: &'a Arc<Snapshot>,
        next: Position,
        now: Timestamp,
        randomness: &'a dyn Randomness,
    ) -> Self {
        Self { snapshot, next, now, randomness }
    }

    pub fn find_realm(&self, label: &RealmLabel) -> Option<&Arc<RealmView>> {
        self.snapshot.find_realm(label.as_str())
    }

    pub fn new_id(&self) -> Uuid {
        new_id(self.now, self.next, self.randomness)
    }

    pub fn randomness(&self) -> &dyn Randomness {
        self.randomness
    }
}

/// Time-ordered (UUID version 7). Times here are whole seconds: within one, ids are in the order of the log, whose position
/// stands in the milliseconds and the 12 bits after them; the other 62 are random.
pub(super) fn new_id(now: Timestamp, position: Position, randomness: &dyn Randomness) -> Uuid {
    let seconds = now.epoch_seconds().max(0).cast_unsigned();
    let [.., high, low] = position.as_u64().to_be_bytes();
    let millis = seconds.saturating_mul(1_000).saturating_add((position.as_u64() >> 12) % 1_000);
    let mut rest = randomness.bytes::<10>();
    (rest[0], rest[1]) = (high, low);
    Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
}
