//! When each resource server last asked, and when each container registry's clients did: kept beside the snapshot, never in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;
use claviger_contract::{RealmLabel, Timestamp};
use uuid::Uuid;

use crate::domain::RegistryService;

/// Since this node started. Hearing from a known server is one relaxed store; the map grows once per server.
#[derive(Default)]
pub struct Heard {
    servers: Times<Uuid>,
    services: Times<(RealmLabel, RegistryService)>,
}

type Times<K> = ArcSwap<imbl::HashMap<K, Arc<AtomicI64>>>;

/// Clients name the registry, and could name any number.
const MOST_SERVICES: usize = 1_000;

impl Heard {
    pub fn note(&self, server: Uuid, now: Timestamp) {
        note(&self.servers, server, now);
    }

    pub fn last(&self, server: Uuid) -> Option<Timestamp> {
        self.servers.load().get(&server).map(|last| time(last))
    }

    pub fn note_service(&self, realm: &RealmLabel, service: &RegistryService, now: Timestamp) {
        let known = self.services.load();
        let key = (realm.clone(), service.clone());
        if known.len() < MOST_SERVICES || known.contains_key(&key) {
            note(&self.services, key, now);
        }
    }

    /// Of one realm, in the order of their names.
    pub fn services(&self, realm: &RealmLabel) -> Vec<(RegistryService, Timestamp)> {
        let known = self.services.load();
        let own = known.iter().filter(|((of, _), _)| of == realm);
        let mut own: Vec<_> = own.map(|((_, service), last)| (service.clone(), time(last))).collect();
        own.sort_unstable();
        own
    }
}

fn note<K: Clone + Eq + std::hash::Hash>(times: &Times<K>, key: K, now: Timestamp) {
    if let Some(last) = times.load().get(&key) {
        last.store(now.epoch_seconds(), Ordering::Relaxed);
        return;
    }
    let first = Arc::new(AtomicI64::new(now.epoch_seconds()));
    times.rcu(|known| {
        let mut next = (**known).clone();
        next.entry(key.clone()).or_insert_with(|| first.clone());
        next
    });
}

fn time(last: &AtomicI64) -> Timestamp {
    Timestamp::from_epoch_seconds(last.load(Ordering::Relaxed))
}
