//! One attempt at a job, as its kind sees it.

use std::time::Duration;

use claviger_contract::{RealmLabel, Timestamp};

use crate::jobs::signals::Signals;
use crate::snapshot::ClockAlarm;
use crate::store::{Claim, Store, StoreError};
use claviger_domain::{Randomness, TrustedNow};

const TRIES: u32 = 5;
const TRY_AGAIN: Duration = Duration::from_secs(1);

pub struct Run<'a> {
    pub(super) claim: &'a Claim,
    pub(super) store: &'a Store,
    pub(super) alarm: &'a ClockAlarm,
    pub(super) randomness: &'a dyn Randomness,
    pub(super) signals: &'a Signals,
}

impl Run<'_> {
    /// Empty for the only job of its kind.
    pub fn subject(&self) -> &str {
        &self.claim.subject
    }

    pub fn realm(&self) -> Option<&RealmLabel> {
        self.claim.realm.as_ref()
    }

    /// How many attempts have failed since the last success.
    pub fn failures(&self) -> i64 {
        self.claim.failures
    }

    /// For records and decisions.
    pub fn now(&self) -> Timestamp {
        self.alarm.now()
    }

    /// Before each irreversible step that depends on the time. `None` during a clock alarm.
    pub fn trusted_now(&self) -> Option<TrustedNow> {
        self.alarm.check().ok()
    }

    pub fn randomness(&self) -> &dyn Randomness {
        self.randomness
    }

    /// The server is stopping, or has lost the job. What is left is done by the next run.
    pub fn must_stop(&self) -> bool {
        self.signals.is_stopping()
    }

    /// Waits, but not longer than until the server stops.
    pub fn pause(&self, at_most: Duration) {
        self.signals.wait(at_most);
    }

    /// Tries some times, for failures that soon pass: this node may be a moment behind.
    pub fn patiently<E>(&self, work: impl Fn() -> Result<(), E>) -> Result<(), E> {
        for _ in 1..TRIES {
            match work() {
                Err(_) if !self.must_stop() => self.pause(TRY_AGAIN),
                done => return done,
            }
        }
        work()
    }

    /// Asks the database whether the job is still this server's. Before a step that is visible outside.
    pub fn is_held(&self) -> Result<bool, StoreError> {
        self.store.jobs().is_held(self.claim)
    }
}
