//! Looks at the members, shared by all who wait for them at the same time.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::domain::{Clock, Durability, Round};
use crate::store::{Store, StoreError};

/// However many wait, one asks the database, and all take what it finds. Nobody takes a look that had begun before they asked:
/// a member that has signed in since might be missing in it.
#[derive(Default)]
pub struct Rounds {
    state: Mutex<State>,
    looked: Condvar,
}

/// What one look has found.
pub struct Looked {
    pub round: Round,
    pub durability: Durability,
}

#[derive(Default)]
struct State {
    /// How many looks have begun.
    begun: u64,
    under_way: bool,
    /// The latest, and its number.
    latest: Option<(u64, Found)>,
}

type Found = Result<Arc<Looked>, Arc<StoreError>>;

impl Rounds {
    /// One that begins after this was called.
    pub fn next(&self, store: &Store, clock: &dyn Clock) -> Result<Arc<Looked>, StoreError> {
        let mut state = self.lock();
        let wanted = state.begun + 1;
        loop {
            if let Some((number, found)) = &state.latest
                && *number >= wanted
            {
                return found.clone().map_err(StoreError::Together);
            }
            if !state.under_way {
                break;
            }
            state = self.looked.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.begun += 1;
        state.under_way = true;
        let mut look = Look { rounds: self, number: state.begun, found: None };
        drop(state);
        let asked_at = clock.since_boot();
        let looked = |(members, durability)| {
            let round = Round { asked_at, members };
            Arc::new(Looked { round, durability })
        };
        let found = store.members_and_durability().map(looked).map_err(Arc::new);
        look.found = Some(found.clone());
        found.map_err(StoreError::Together)
    }

    /// Whole at every moment: who looks holds no lock meanwhile.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that is under way. However it ends, the next may begin.
struct Look<'a> {
    rounds: &'a Rounds,
    number: u64,
    found: Option<Found>,
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        let mut state = self.rounds.lock();
        state.under_way = false;
        if let Some(found) = self.found.take() {
            state.latest = Some((self.number, found));
        }
        self.rounds.looked.notify_all();
    }
}
