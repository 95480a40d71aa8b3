//! Events that belong to no row of the log: those that arrive while a commit is under way share the next one.

use std::mem;
use std::sync::{Mutex, PoisonError};

use crate::store::audit::chain;
use crate::store::error::StoreError;
use crate::store::kept::Kept;
use crate::store::log::outcome::Reporter;
use claviger_domain::AuditEvent;

#[derive(Default)]
pub struct Gathered(Mutex<Batch>);

#[derive(Default)]
struct Batch {
    events: Vec<AuditEvent>,
    outcome: Reporter,
}

impl Gathered {
    /// Returns after the commit that contains `events`. `take_turn` waits until this thread may write, and commits with
    /// the connection that it is given.
    pub fn append(
        &self,
        events: Vec<AuditEvent>,
        take_turn: impl FnOnce(&mut dyn FnMut(&mut Kept)),
    ) -> Result<(), StoreError> {
        let outcome = {
            let mut batch = self.batch();
            batch.events.extend(events);
            batch.outcome.shared()
        };
        // The events may be committed already, by a thread whose turn came first.
        take_turn(&mut |kept| {
            let batch = mem::take(&mut *self.batch());
            if !batch.events.is_empty() {
                batch.outcome.report(write(kept, &batch.events).map_err(Into::into));
            }
        });
        outcome.wait()
    }

    fn batch(&self) -> std::sync::MutexGuard<'_, Batch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(kept: &mut Kept, events: &[AuditEvent]) -> Result<(), StoreError> {
    let (mut connection, end) = kept.begin(chain::lock_end)?;
    chain::append(&mut connection, end, events)?;
    connection.commit_durably()?;
    kept.commit(connection)
}
