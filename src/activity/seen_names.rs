//! The bounded lists behind `LastSeen`: names by realm, and when each was last seen and written.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use claviger_contract::{RealmLabel, Timestamp};

use claviger_domain::{MAX_REGISTRIES, SeenAt, SeenName};

/// Per realm, including some that no longer exist. Few in tests, so that they can fill it.
const MAX_SERVERS: usize = if cfg!(test) { 500 } else { 10_000 };

/// All realms together. The realm with the most entries evicts one.
const MAX_REGISTRIES_IN_ALL: usize = 50_000;
const MAX_SERVERS_IN_ALL: usize = 10 * MAX_SERVERS;

/// A known name is written again when the stored time is this old.
const WRITTEN_EVERY_SECONDS: i64 = 60;

/// A stored time this far ahead of the time seen was written under a wrong clock.
const WRONG_CLOCK_SECONDS: i64 = 3_600;

const NEVER: i64 = i64::MIN;

#[derive(Clone, Default)]
pub struct Known {
    realms: imbl::HashMap<RealmLabel, Names>,
    registries: usize,
    servers: usize,
}

#[derive(Clone, Default)]
struct Names {
    all: imbl::HashMap<SeenName, Arc<Times>>,
    registries: usize,
    servers: usize,
}

/// In epoch seconds.
pub struct Times {
    at: AtomicI64,
    written: AtomicI64,
}

impl Known {
    pub fn find(&self, realm: &RealmLabel, name: &SeenName) -> Option<&Times> {
        self.realms.get(realm)?.all.get(name).map(|times| &**times)
    }

    pub fn of(&self, realm: &RealmLabel) -> impl Iterator<Item = (&SeenName, &Times)> {
        self.realms
            .get(realm)
            .into_iter()
            .flat_map(|names| names.all.iter().map(|(name, times)| (name, &**times)))
    }

    pub fn unwritten(&self, all: bool) -> Vec<SeenAt> {
        let mut rows = Vec::new();
        for (realm, names) in &self.realms {
            let due = names.all.iter().filter(|(_, times)| times.is_unwritten(all));
            let row = |(name, times): (&SeenName, &Arc<Times>)| SeenAt {
                realm: realm.clone(),
                name: name.clone(),
                at: times.last(),
            };
            rows.extend(due.map(row));
        }
        rows
    }

    /// An existing name is not changed.
    pub fn insert(&mut self, realm: &RealmLabel, name: &SeenName, times: Times) {
        let names = self.realms.entry(realm.clone()).or_default();
        let (registries, servers) = (names.registries, names.servers);
        names.insert(name, times);
        self.registries = self.registries + names.registries - registries;
        self.servers = self.servers + names.servers - servers;
        if self.registries > MAX_REGISTRIES_IN_ALL
            && let Some(names) = self.fullest(|names| names.registries)
        {
            names.forget_a_registry();
            self.registries -= 1;
        }
        if self.servers > MAX_SERVERS_IN_ALL
            && let Some(names) = self.fullest(|names| names.servers)
        {
            names.forget_a_server();
            self.servers -= 1;
        }
    }

    fn fullest(&mut self, count: impl Fn(&Names) -> usize) -> Option<&mut Names> {
        let realm = self.realms.iter().max_by_key(|(_, names)| count(names))?.0.clone();
        self.realms.get_mut(&realm)
    }
}

impl Names {
    fn insert(&mut self, name: &SeenName, times: Times) {
        if self.all.contains_key(name) {
            return;
        }
        self.all.insert(name.clone(), Arc::new(times));
        match name {
            SeenName::ResourceServer(_) => self.servers += 1,
            SeenName::Registry(_) => self.registries += 1,
            SeenName::Forgotten => {}
        }
        if self.servers > MAX_SERVERS {
            self.forget_a_server();
        }
        if self.registries > MAX_REGISTRIES {
            self.forget_a_registry();
        }
    }

    /// The server then counts as never seen.
    fn forget_a_server(&mut self) {
        if self.remove_oldest(SeenName::RESOURCE_SERVER).is_some() {
            self.servers -= 1;
        }
    }

    fn forget_a_registry(&mut self) {
        let Some(at) = self.remove_oldest(SeenName::REGISTRY) else { return };
        self.registries -= 1;
        match self.all.get(&SeenName::Forgotten) {
            Some(times) => times.hear_later(at),
            None => {
                self.all.insert(SeenName::Forgotten, Arc::new(Times::last_seen(at)));
            }
        }
    }

    /// Returns when the removed name was last seen.
    fn remove_oldest(&mut self, kind: &str) -> Option<Timestamp> {
        let of_kind = self.all.iter().filter(|(name, _)| name.kind() == kind);
        let (at, name) = of_kind.map(|(name, times)| (times.last(), name.clone())).min()?;
        self.all.remove(&name);
        Some(at)
    }
}

impl Times {
    pub fn last_seen(now: Timestamp) -> Self {
        Self { at: AtomicI64::new(now.epoch_seconds()), written: AtomicI64::new(NEVER) }
    }

    pub fn read(at: Timestamp, now: Timestamp) -> Self {
        let times = Self { at: AtomicI64::new(NEVER), written: AtomicI64::new(NEVER) };
        times.learn(at, now);
        times
    }

    pub fn last(&self) -> Timestamp {
        Timestamp::from_epoch_seconds(self.at.load(Ordering::Relaxed))
    }

    pub fn hear(&self, now: Timestamp) {
        self.at.store(now.epoch_seconds(), Ordering::Relaxed);
    }

    pub fn written(&self, at: Timestamp) {
        self.written.store(at.epoch_seconds(), Ordering::Relaxed);
    }

    pub fn learn(&self, at: Timestamp, now: Timestamp) {
        self.written(at);
        self.hear_later(at.min(now));
    }

    fn hear_later(&self, at: Timestamp) {
        self.at.fetch_max(at.epoch_seconds(), Ordering::Relaxed);
    }

    fn is_unwritten(&self, all: bool) -> bool {
        let (at, written) = (self.last().epoch_seconds(), self.written.load(Ordering::Relaxed));
        let is_later = if all { at > written } else { at >= written.saturating_add(WRITTEN_EVERY_SECONDS) };
        is_later || at.saturating_add(WRONG_CLOCK_SECONDS) < written
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::Id;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_000_000);

    fn realm(index: usize) -> RealmLabel {
        format!("r{index}").parse().expect("a label")
    }

    fn names(known: &Known, realm: &RealmLabel) -> usize {
        known.of(realm).count()
    }

    /// Holds for any number of each kind, whichever client names them.
    #[test]
    fn all_realms_together_are_bounded_and_the_fullest_makes_room() {
        let (few, many) = (realm(0), 12);
        let mut known = Known::default();
        let server = |index: usize| SeenName::ResourceServer(Id::from_u128(index as u128));
        for index in 0..100 {
            known.insert(&few, &server(index), Times::last_seen(NOW));
        }
        for index in 0..many * MAX_SERVERS {
            let at = NOW.plus_seconds(i64::try_from(index).expect("a small number"));
            known.insert(&realm(1 + index % many), &server(index), Times::last_seen(at));
        }
        let all: usize = (0..=many).map(|index| names(&known, &realm(index))).sum();
        assert_eq!((all, known.servers), (MAX_SERVERS_IN_ALL, MAX_SERVERS_IN_ALL));
        assert_eq!(names(&known, &few), 100, "who has few loses nothing");
        for index in 0..2 * MAX_SERVERS {
            known.insert(&few, &server(1_000_000 + index), Times::last_seen(NOW));
        }
        assert!(names(&known, &few) <= MAX_SERVERS && known.servers == MAX_SERVERS_IN_ALL);
    }
}
