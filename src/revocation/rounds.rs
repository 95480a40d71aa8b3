//! Looks at servers and verifiers, shared by all concurrent waiters.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use claviger_contract::RealmLabel;

use crate::store::{RoundRows, Store, StoreError};
use claviger_domain::{Clock, Looks, VerifierRow};

/// However many callers wait, one queries the database, and all share the result. A caller never takes a look that
/// began before its call: a member that has signed in since, or a verifier that has attached, might be missing.
#[derive(Default)]
pub struct Rounds {
    state: Mutex<State>,
    looked: Condvar,
}

#[derive(Default)]
struct State {
    looks: Looks<Found>,
    /// The realms whose verifiers are waited for, and by how many callers.
    realms: BTreeMap<RealmLabel, usize>,
}

/// The result of one look.
pub struct Looked {
    /// A time before it.
    pub asked_at: Duration,
    pub rows: RoundRows,
}

type Found = Result<Arc<Looked>, Arc<StoreError>>;

/// While it lives, every look that begins reads the verifiers of its realm.
pub struct Waiting<'a> {
    rounds: &'a Rounds,
    realm: Option<&'a RealmLabel>,
}

impl Rounds {
    /// Without a realm, for servers only.
    pub fn wait<'a>(&'a self, realm: Option<&'a RealmLabel>) -> Waiting<'a> {
        if let Some(realm) = realm {
            *self.lock().realms.entry(realm.clone()).or_default() += 1;
        }
        Waiting { rounds: self, realm }
    }

    /// Always consistent: the lock is not held during a look.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting<'_> {
    /// A look that begins after this call.
    pub fn next(&self, store: &Store, clock: &dyn Clock) -> Result<Arc<Looked>, StoreError> {
        let mut state = self.rounds.lock();
        let ticket = state.looks.ask();
        let number = loop {
            if let Some(found) = state.looks.find(ticket) {
                return found.clone().map_err(StoreError::Together);
            }
            if let Some(number) = state.looks.begin() {
                break number;
            }
            state = self.rounds.looked.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        let realms: Vec<RealmLabel> = state.realms.keys().cloned().collect();
        drop(state);
        let mut look = Look { rounds: self.rounds, number, found: None };
        let asked_at = clock.since_boot();
        let looked = |rows| Arc::new(Looked { asked_at, rows });
        let found = store.round(&realms).map(looked).map_err(Arc::new);
        look.found = Some(found.clone());
        found.map_err(StoreError::Together)
    }

    /// The verifiers that this caller waits for.
    pub fn verifiers<'a>(&self, looked: &'a Looked) -> &'a [VerifierRow] {
        let rows = self.realm.and_then(|realm| looked.rows.verifiers.get(realm));
        rows.map_or(&[], Vec::as_slice)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let Some(realm) = self.realm else { return };
        let mut state = self.rounds.lock();
        if let Some(waiting) = state.realms.get_mut(realm) {
            *waiting -= 1;
            if *waiting == 0 {
                state.realms.remove(realm);
            }
        }
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
        self.rounds.lock().looks.end(self.number, self.found.take());
        self.rounds.looked.notify_all();
    }
}
