//! The last wait for each realm: of this node in memory, and of all nodes in the database.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::{LastWait, Receipt};

use crate::store::{Store, StoreError};

/// With more realms than this, what was noted is written before more is noted.
const MAX_REALMS: usize = 10_000;

#[derive(Default)]
pub struct LastWaits(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    by_realm: HashMap<RealmLabel, LastWait>,
    unwritten: HashSet<RealmLabel>,
}

impl LastWaits {
    /// A repeated request waits for a position that was noted before: the first wait counts.
    pub(super) fn note(&self, realm: &RealmLabel, receipt: &Receipt, at: Timestamp) {
        let wait =
            LastWait { position: receipt.position, at, took_ms: receipt.took_ms, outcome: receipt.outcome };
        let mut noted = self.lock();
        match noted.by_realm.get(realm) {
            Some(known) if known.position >= wait.position => return,
            None if noted.by_realm.len() >= MAX_REALMS => return,
            _ => {}
        }
        noted.by_realm.insert(realm.clone(), wait);
        noted.unwritten.insert(realm.clone());
    }

    /// Of this node, until it is written.
    pub(super) fn find_own(&self, realm: &RealmLabel) -> Option<LastWait> {
        self.lock().by_realm.get(realm).copied()
    }

    /// Writes what is not written yet, and then forgets it: the database has it.
    pub fn write(&self, store: &Store) -> Result<(), StoreError> {
        let rows: Vec<(RealmLabel, LastWait)> = {
            let noted = self.lock();
            let row = |realm: &RealmLabel| Some((realm.clone(), *noted.by_realm.get(realm)?));
            noted.unwritten.iter().filter_map(row).collect()
        };
        if rows.is_empty() {
            return Ok(());
        }
        store.write_last_waits(&rows)?;
        let mut noted = self.lock();
        for (realm, wait) in rows {
            // A later one may have been noted meanwhile.
            if noted.by_realm.get(&realm) == Some(&wait) {
                noted.by_realm.remove(&realm);
                noted.unwritten.remove(&realm);
            }
        }
        Ok(())
    }

    /// Always consistent: nothing panics while the lock is held.
    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
