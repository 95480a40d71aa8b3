//! Bounded counts of refused attempts, kept until they are taken. Attempts with the right key never pass through here.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use claviger_contract::{RealmLabel, Timestamp};

use claviger_domain::{FailedAttempt, FailedAttempts};

/// Entries per realm between two calls of `take`, distinguished by client, address and endpoint. Further attempts are
/// counted together.
const MAX_OF_REALM: usize = 32;

/// Entries of all realms together.
const MAX_OF_ALL: usize = 4_096;

/// Entries for realms that do not exist. These are only logged.
const MAX_OF_NO_REALM: usize = 32;

#[derive(Default)]
pub struct Attempts(Mutex<Pending>);

#[derive(Default)]
struct Pending {
    realms: HashMap<RealmLabel, OfRealm>,
    listed: usize,
    of_no_realm: HashMap<(FailedAttempt, IpAddr), Count>,
}

#[derive(Default)]
struct OfRealm {
    listed: HashMap<(FailedAttempt, IpAddr), Count>,
    others: Option<Count>,
}

#[derive(Clone, Copy)]
struct Count {
    count: u64,
    first_at: Timestamp,
    last_at: Timestamp,
}

impl Attempts {
    /// Counts one attempt. Logs it if it is the first of its kind since the last `take`.
    pub fn note(&self, realm: Option<&RealmLabel>, attempt: FailedAttempt, address: IpAddr, now: Timestamp) {
        let key = (attempt, address);
        let once = Count { count: 1, first_at: now, last_at: now };
        if self.lock().add(realm, key.clone(), once) {
            log(realm, &key.0, address);
        }
    }

    pub fn is_empty(&self) -> bool {
        let pending = self.lock();
        pending.realms.is_empty() && pending.of_no_realm.is_empty()
    }

    /// Returns everything since the last call. A caller that cannot store the result must give it back.
    pub fn take(&self) -> Vec<FailedAttempts> {
        let pending = std::mem::take(&mut *self.lock());
        let of_realm = |(realm, of_realm): (RealmLabel, OfRealm)| {
            let listed = of_realm.listed.into_iter().map(|(key, count)| (Some(key), count));
            let all = listed.chain(of_realm.others.map(|count| (None, count)));
            all.map(move |(attempt, Count { count, first_at, last_at })| FailedAttempts {
                realm: realm.clone(),
                attempt,
                count,
                first_at,
                last_at,
            })
        };
        let mut taken: Vec<_> = pending.realms.into_iter().flat_map(of_realm).collect();
        taken.sort_by(|one, other| (one.first_at, &one.realm).cmp(&(other.first_at, &other.realm)));
        taken
    }

    pub fn give_back(&self, attempts: Vec<FailedAttempts>) {
        let mut pending = self.lock();
        for FailedAttempts { realm, attempt, count, first_at, last_at } in attempts {
            let count = Count { count, first_at, last_at };
            match attempt {
                Some(key) => drop(pending.add(Some(&realm), key, count)),
                None => pending.realms.entry(realm).or_default().add_to_others(count),
            }
        }
    }

    /// Poisoning is ignored: a holder that panicked left a consistent value.
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    /// Returns whether the key is new.
    fn add(&mut self, realm: Option<&RealmLabel>, key: (FailedAttempt, IpAddr), count: Count) -> bool {
        let Some(realm) = realm else {
            let is_full = self.of_no_realm.len() >= MAX_OF_NO_REALM;
            return add(&mut self.of_no_realm, is_full, key, count) == Added::New;
        };
        let of_realm = self.realms.entry(realm.clone()).or_default();
        let is_full = of_realm.listed.len() >= MAX_OF_REALM || self.listed >= MAX_OF_ALL;
        match add(&mut of_realm.listed, is_full, key, count) {
            Added::New => {
                self.listed += 1;
                true
            }
            Added::Known => false,
            Added::NoRoom => {
                of_realm.add_to_others(count);
                false
            }
        }
    }
}

#[derive(PartialEq)]
enum Added {
    New,
    Known,
    NoRoom,
}

fn add(
    listed: &mut HashMap<(FailedAttempt, IpAddr), Count>,
    is_full: bool,
    key: (FailedAttempt, IpAddr),
    count: Count,
) -> Added {
    match listed.entry(key) {
        Entry::Occupied(mut known) => {
            known.get_mut().add(count);
            Added::Known
        }
        Entry::Vacant(_) if is_full => Added::NoRoom,
        Entry::Vacant(new) => {
            new.insert(count);
            Added::New
        }
    }
}

impl OfRealm {
    fn add_to_others(&mut self, count: Count) {
        match &mut self.others {
            Some(others) => others.add(count),
            None => self.others = Some(count),
        }
    }
}

impl Count {
    fn add(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        self.first_at = self.first_at.min(other.first_at);
        self.last_at = self.last_at.max(other.last_at);
    }
}

fn log(realm: Option<&RealmLabel>, attempt: &FailedAttempt, address: IpAddr) {
    let realm = realm.map_or("(none)", RealmLabel::as_str);
    match attempt {
        FailedAttempt::Authentication { door, client } => {
            tracing::warn!(realm, door = door.as_str(), client, %address, "authentication failed");
        }
        FailedAttempt::Act { actor, operation, path } => {
            tracing::warn!(realm, actor = actor.name, operation, path, %address, "access denied");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::Door;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_000_000);

    fn failed(client: usize) -> FailedAttempt {
        FailedAttempt::Authentication { door: Door::Token, client: client.to_string() }
    }

    fn note(attempts: &Attempts, realm: &str, client: usize, now: Timestamp) {
        let realm: RealmLabel = realm.parse().expect("a label");
        attempts.note(Some(&realm), failed(client), IpAddr::from([192, 0, 2, 1]), now);
    }

    #[test]
    fn attempts_of_a_kind_are_counted_together_with_their_first_and_last_time() {
        let attempts = Attempts::default();
        for round in 0..5 {
            note(&attempts, "acme", 1, NOW.plus_seconds(round));
        }
        note(&attempts, "acme", 2, NOW);
        note(&attempts, "other", 1, NOW);
        let taken = attempts.take();
        let of = |realm: &str, client: usize| {
            let is_it = |it: &&FailedAttempts| {
                it.realm.as_str() == realm && it.attempt.as_ref().is_some_and(|(of, _)| *of == failed(client))
            };
            taken.iter().find(is_it).expect("it was noted")
        };
        let many = of("acme", 1);
        assert_eq!((many.count, many.first_at, many.last_at), (5, NOW, NOW.plus_seconds(4)));
        assert_eq!((of("acme", 2).count, of("other", 1).count, taken.len()), (1, 1, 3));
        assert!(attempts.is_empty() && attempts.take().is_empty());
        attempts.give_back(taken.clone());
        note(&attempts, "acme", 1, NOW.plus_seconds(9));
        let again: u64 = attempts.take().iter().map(|it| it.count).sum();
        assert_eq!(again, 8);
    }

    #[test]
    fn a_flood_is_bounded_and_none_of_it_goes_uncounted() {
        let attempts = Attempts::default();
        for client in 0..10_000 {
            note(&attempts, "acme", client, NOW);
            attempts.note(None, failed(client), IpAddr::from([192, 0, 2, 1]), NOW);
        }
        assert_eq!(attempts.lock().of_no_realm.len(), MAX_OF_NO_REALM);
        let taken = attempts.take();
        assert_eq!(taken.len(), MAX_OF_REALM + 1);
        assert_eq!(taken.iter().map(|it| it.count).sum::<u64>(), 10_000);
        for realm in 0..1_000 {
            for client in 0..MAX_OF_REALM {
                note(&attempts, &format!("r{realm}"), client, NOW);
            }
        }
        let taken = attempts.take();
        assert!(taken.len() <= MAX_OF_ALL + 1_000, "{}", taken.len());
        assert_eq!(taken.iter().map(|it| it.count).sum::<u64>(), 32_000);
        // A flood in one realm does not use up the entries of others.
        note(&attempts, "quiet", 1, NOW);
        assert!(attempts.take()[0].attempt.is_some());
    }
}
