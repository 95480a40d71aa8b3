//! When each resource server last asked: kept beside the snapshot, never in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;
use claviger_contract::Timestamp;
use uuid::Uuid;

/// Since this node started. Hearing from a known server is one relaxed store; the map grows once per server.
#[derive(Default)]
pub struct Heard(ArcSwap<imbl::HashMap<Uuid, Arc<AtomicI64>>>);

impl Heard {
    pub fn note(&self, server: Uuid, now: Timestamp) {
        if let Some(last) = self.0.load().get(&server) {
            last.store(now.epoch_seconds(), Ordering::Relaxed);
            return;
        }
        let first = Arc::new(AtomicI64::new(now.epoch_seconds()));
        self.0.rcu(|known| {
            let mut next = (**known).clone();
            next.entry(server).or_insert_with(|| first.clone());
            next
        });
    }

    pub fn last(&self, server: Uuid) -> Option<Timestamp> {
        let known = self.0.load();
        known.get(&server).map(|last| Timestamp::from_epoch_seconds(last.load(Ordering::Relaxed)))
    }
}
