//! When each resource server, and the clients of each container registry, were last seen. Kept outside the snapshot.

use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use claviger_contract::{RealmLabel, Timestamp};

use crate::activity::seen_names::{Known, Times};
use claviger_domain::{RegistryService, ResourceServerId, SeenAt, SeenName};

/// What this node has seen, and what it has read from other nodes. Recording a known name is one relaxed store. Each
/// list is bounded per realm.
#[derive(Default)]
pub struct LastSeen {
    known: ArcSwap<Known>,
    /// Whether a name was first seen since the last `take_first`.
    first: AtomicBool,
    /// Whether the last exchange with the database succeeded.
    current: AtomicBool,
}

impl LastSeen {
    pub fn note_server(&self, realm: &RealmLabel, server: ResourceServerId, now: Timestamp) {
        self.note(realm, SeenName::ResourceServer(server), now);
    }

    pub fn note_registry(&self, realm: &RealmLabel, service: &RegistryService, now: Timestamp) {
        self.note(realm, SeenName::Registry(service.clone()), now);
    }

    pub fn last(&self, realm: &RealmLabel, server: ResourceServerId) -> Option<Timestamp> {
        self.known.load().find(realm, &SeenName::ResourceServer(server)).map(|times| times.last())
    }

    /// Registries of one realm that were seen after `since`, ordered by name.
    pub fn registries(&self, realm: &RealmLabel, since: Timestamp) -> Vec<(RegistryService, Timestamp)> {
        let known = self.known.load();
        let all = known.of(realm).filter_map(|(name, times)| match name {
            SeenName::Registry(service) => Some((service.clone(), times.last())),
            _ => None,
        });
        let mut listed: Vec<_> = all.filter(|(_, at)| *at > since).collect();
        listed.sort_unstable();
        listed
    }

    /// Whether the list misses no registry seen after `since`, as far as the database could be read.
    pub fn is_complete(&self, realm: &RealmLabel, since: Timestamp) -> bool {
        let known = self.known.load();
        let forgotten = known.find(realm, &SeenName::Forgotten);
        self.current.load(Ordering::Relaxed) && forgotten.is_none_or(|times| times.last() <= since)
    }

    /// Returns `true` once for all new names since the last call.
    pub fn take_first(&self) -> bool {
        self.first.swap(false, Ordering::Acquire)
    }

    /// What the database lacks, sorted. Known names are included only if the stored time is out of date by a while,
    /// unless `all` is set.
    pub fn unwritten(&self, all: bool) -> Vec<SeenAt> {
        let mut rows = self.known.load().unwritten(all);
        rows.sort_unstable();
        rows
    }

    pub fn written(&self, rows: &[SeenAt]) {
        let known = self.known.load();
        for row in rows {
            if let Some(times) = known.find(&row.realm, &row.name) {
                times.written(row.at);
            }
        }
    }

    /// Merges a row of the database. A time ahead of this node's clock counts as now.
    pub fn learn(&self, row: SeenAt, now: Timestamp) {
        if let Some(times) = self.known.load().find(&row.realm, &row.name) {
            times.learn(row.at, now);
            return;
        }
        self.insert(&row.realm, &row.name, || Times::read(row.at, now));
    }

    pub fn set_current(&self, is_current: bool) {
        self.current.store(is_current, Ordering::Relaxed);
    }

    fn note(&self, realm: &RealmLabel, name: SeenName, now: Timestamp) {
        if let Some(times) = self.known.load().find(realm, &name) {
            times.hear(now);
            return;
        }
        self.insert(realm, &name, || Times::last_seen(now));
        self.first.store(true, Ordering::Release);
    }

    fn insert(&self, realm: &RealmLabel, name: &SeenName, times: impl Fn() -> Times) {
        self.known.rcu(|known| {
            let mut next = (**known).clone();
            next.insert(realm, name, times());
            next
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::MAX_REGISTRIES;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_000_000);
    const BEFORE: Timestamp = Timestamp::from_epoch_seconds(0);

    fn realm(label: &str) -> RealmLabel {
        label.parse().expect("a label")
    }

    fn service(text: &str) -> RegistryService {
        text.parse().expect("a service")
    }

    fn last_seen() -> LastSeen {
        let last_seen = LastSeen::default();
        last_seen.set_current(true);
        last_seen
    }

    #[test]
    fn the_least_recently_heard_makes_room_and_its_realm_alone_says_so() {
        let last_seen = last_seen();
        let (one, other) = (realm("one"), realm("other"));
        last_seen.note_registry(&one, &service("mine"), NOW);
        for index in 0..2_000 {
            last_seen.note_registry(&other, &service(&format!("r{index}")), NOW.plus_seconds(index));
        }
        assert_eq!(last_seen.registries(&one, BEFORE), [(service("mine"), NOW)]);
        let listed = last_seen.registries(&other, BEFORE);
        assert_eq!(listed.len(), MAX_REGISTRIES);
        assert!(listed.iter().all(|(_, at)| *at >= NOW.plus_seconds(1_900)));
        assert!(last_seen.is_complete(&one, BEFORE) && !last_seen.is_complete(&other, BEFORE));
        // Forgotten names are too old to be listed.
        assert!(last_seen.is_complete(&other, NOW.plus_seconds(1_899)));
        last_seen.set_current(false);
        assert!(!last_seen.is_complete(&one, BEFORE));
    }

    #[test]
    fn what_one_node_has_not_written_yet_another_learns() {
        let (here, there) = (last_seen(), last_seen());
        let realm = realm("acme");
        for index in 0..=MAX_REGISTRIES {
            here.note_registry(&realm, &service(&format!("r{index}")), NOW);
        }
        here.note_server(&realm, ResourceServerId::from_u128(7), NOW);
        assert_eq!((here.take_first(), here.take_first()), (true, false));
        let rows = here.unwritten(false);
        assert_eq!(rows.len(), MAX_REGISTRIES + 2);
        here.written(&rows);
        assert!(here.unwritten(true).is_empty());
        rows.into_iter().for_each(|row| there.learn(row, NOW));
        assert_eq!(there.registries(&realm, BEFORE), here.registries(&realm, BEFORE));
        assert_eq!(there.last(&realm, ResourceServerId::from_u128(7)), Some(NOW));
        assert!(!there.is_complete(&realm, BEFORE));
        assert!(there.unwritten(true).is_empty() && !there.take_first());
        // A second later is written when convenient, a minute later soon.
        there.note_server(&realm, ResourceServerId::from_u128(7), NOW.plus_seconds(1));
        assert_eq!((there.unwritten(false).len(), there.unwritten(true).len()), (0, 1));
        there.note_server(&realm, ResourceServerId::from_u128(7), NOW.plus_seconds(60));
        assert_eq!(there.unwritten(false).len(), 1);
    }

    #[test]
    fn a_time_that_a_wrong_clock_wrote_is_put_right() {
        let last_seen = last_seen();
        let realm = realm("acme");
        let name = SeenName::Registry(service("r"));
        let ahead = NOW.plus_seconds(100 * 86_400);
        last_seen.learn(SeenAt { realm: realm.clone(), name, at: ahead }, NOW);
        assert_eq!(last_seen.registries(&realm, BEFORE), [(service("r"), NOW)]);
        assert_eq!(last_seen.unwritten(false).first().map(|row| row.at), Some(NOW));
    }
}
