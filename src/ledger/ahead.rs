//! The state behind acts of a transaction that is still open: no table and no node shows it yet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claviger_contract::{Position, RealmLabel};

use crate::domain::SigningKey;
use crate::snapshot::{ApplyError, KeyOpener, LiveKey, Snapshot};
use crate::store::{Decision, Turn};

/// For the next act of the same transaction, if there is one.
#[derive(Default)]
pub struct Ahead(Mutex<Option<(u64, Arc<Snapshot>)>>);

impl Ahead {
    /// `snapshot` is what the decision was made on.
    pub fn look_ahead<T>(&self, turn: Turn, snapshot: Arc<Snapshot>, decision: &Decision<T>) {
        let next = match decision {
            Decision::Nothing(_) => Some(snapshot),
            Decision::Append { entries, .. } => {
                let mut next = (*snapshot).clone();
                let mut position = turn.head.position;
                let applied = entries.iter().try_for_each(|entry| {
                    position = position.next();
                    next.apply(position, &entry.log, &mut NoKeys)
                });
                // Whoever comes next is told to try again.
                applied.is_ok().then(|| Arc::new(next))
            }
        };
        *self.lock() = next.map(|next| (turn.transaction, next));
    }

    /// What earlier acts of this transaction have left. What is kept of another one is of no use any more.
    pub fn find(&self, turn: Turn) -> Option<Arc<Snapshot>> {
        let mut kept = self.lock();
        kept.take_if(|(transaction, _)| *transaction != turn.transaction);
        kept.as_ref().map(|(_, snapshot)| snapshot.clone())
    }

    /// One whole value: a holder that panicked left nothing half done.
    fn lock(&self) -> MutexGuard<'_, Option<(u64, Arc<Snapshot>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Acts that share a commit make none.
struct NoKeys;

impl KeyOpener for NoKeys {
    fn open(&mut self, _: &RealmLabel, key: &SigningKey, _: Position) -> Result<Option<LiveKey>, ApplyError> {
        let reason = "it is not committed yet".to_owned();
        Err(ApplyError::Key { kid: key.kid.to_string(), reason })
    }
}
