//! The state after acts of a transaction that is still open. No table or node shows it yet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use claviger_contract::{Position, RealmLabel};

use crate::snapshot::{ApplyError, KeyOpener, LiveKey, Snapshot};
use crate::store::{Decision, Turn};
use claviger_domain::SigningKey;

/// For the next act of the same transaction, if any.
#[derive(Default)]
pub struct Ahead(Mutex<Option<(u64, Arc<Snapshot>)>>);

impl Ahead {
    /// `snapshot` is the state on which the decision was made.
    pub fn look_ahead<T>(&self, turn: Turn, snapshot: Arc<Snapshot>, decision: &Decision<T>) {
        let next = match decision {
            Decision::Nothing(_) | Decision::Unreadable(_) => Some(snapshot),
            Decision::Append { entries, .. } => {
                let mut next = (*snapshot).clone();
                let mut position = turn.head.position;
                let applied = entries.iter().try_for_each(|entry| {
                    position = position.next();
                    next.apply(position, entry.log(), &mut NoKeys)
                });
                // On failure the next act must be retried.
                applied.is_ok().then(|| Arc::new(next))
            }
        };
        *self.lock() = next.map(|next| (turn.transaction, next));
    }

    /// The state left by earlier acts of this transaction. State of another transaction is discarded.
    pub fn find(&self, turn: Turn) -> Option<Arc<Snapshot>> {
        let mut kept = self.lock();
        kept.take_if(|(transaction, _)| *transaction != turn.transaction);
        kept.as_ref().map(|(_, snapshot)| snapshot.clone())
    }

    /// Poisoning is ignored: a holder that panicked left a consistent value.
    fn lock(&self) -> MutexGuard<'_, Option<(u64, Arc<Snapshot>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Acts that share a commit create no signing keys.
struct NoKeys;

impl KeyOpener for NoKeys {
    fn open(&mut self, _: &RealmLabel, key: &SigningKey, _: Position) -> Result<Option<LiveKey>, ApplyError> {
        let reason = "it is not committed yet".to_owned();
        Err(ApplyError::Key { kid: key.kid.to_string(), reason })
    }
}
