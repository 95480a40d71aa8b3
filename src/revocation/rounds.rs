//! Looks at the members, shared by all concurrent waiters.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::store::{Store, StoreError};
use claviger_domain::{Clock, Looks, Replication, Round};

/// However many callers wait, one queries the database, and all share the result. A caller never takes a look that
/// began before its call: a member that has signed in since might be missing.
#[derive(Default)]
pub struct Rounds {
    looks: Mutex<Looks<Found>>,
    looked: Condvar,
}

/// The result of one look.
pub struct Looked {
    pub round: Round,
    /// `None` if the database is not replicated.
    pub replication: Option<Replication>,
}

type Found = Result<Arc<Looked>, Arc<StoreError>>;

impl Rounds {
    /// A look that begins after this call.
    pub fn next(&self, store: &Store, clock: &dyn Clock) -> Result<Arc<Looked>, StoreError> {
        let mut looks = self.lock();
        let ticket = looks.ask();
        let number = loop {
            if let Some(found) = looks.find(ticket) {
                return found.clone().map_err(StoreError::Together);
            }
            if let Some(number) = looks.begin() {
                break number;
            }
            looks = self.looked.wait(looks).unwrap_or_else(PoisonError::into_inner);
        };
        drop(looks);
        let mut look = Look { rounds: self, number, found: None };
        let asked_at = clock.since_boot();
        let looked = |(members, replication)| {
            let round = Round { asked_at, members };
            Arc::new(Looked { round, replication })
        };
        let found = store.members_and_replication().map(looked).map_err(Arc::new);
        look.found = Some(found.clone());
        found.map_err(StoreError::Together)
    }

    /// Always consistent: the lock is not held during a look.
    fn lock(&self) -> MutexGuard<'_, Looks<Found>> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look in progress. However it ends, the next one may begin.
struct Look<'a> {
    rounds: &'a Rounds,
    number: u64,
    found: Option<Found>,
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        self.rounds.lock().end(self.number, self.found.take());
        self.rounds.looked.notify_all();
    }
}
