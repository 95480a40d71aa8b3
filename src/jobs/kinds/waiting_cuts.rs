//! Writes the cuts of a large change to its rows, in parts, with pauses for other writers.

use std::sync::Arc;
use std::time::Duration;

use claviger_contract::Timestamp;

use crate::jobs::kind::{Failed, JobKind, Next, Subjects};
use crate::jobs::run::Run;
use crate::store::{PlannedJob, Store, StoreError};
use claviger_domain::Randomness;

const KIND: &str = "waiting_cuts";

/// After each part, which locks the head of the log.
const PAUSE: Duration = Duration::from_millis(50);

pub struct WaitingCuts(pub Arc<Store>);

impl JobKind for WaitingCuts {
    fn name(&self) -> &'static str {
        KIND
    }

    fn subjects(&self, _: Timestamp, _: &dyn Randomness) -> Result<Subjects, Failed> {
        Ok(Subjects::Requested)
    }

    fn run(&self, run: &Run<'_>) -> Result<Next, Failed> {
        while !run.must_stop() {
            if !self.0.write_waiting_cuts()? {
                return Ok(Next::Never);
            }
            run.pause(PAUSE);
        }
        Ok(Next::After(0))
    }
}

/// Costs one read if there are none.
pub fn request_waiting_cuts(store: &Store, now: Timestamp) -> Result<(), StoreError> {
    if !store.has_waiting_cuts()? {
        return Ok(());
    }
    let job = PlannedJob { kind: KIND, subject: String::new(), realm: None, due_at: now };
    store.jobs().request(&job, 0)
}
