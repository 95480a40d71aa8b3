//! The bounds behind `Usage`: the share of each realm, and the remembered ids.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use claviger_contract::RealmLabel;
use claviger_domain::UsedId;

/// Realms that map to the same place share one share.
const PLACES: usize = 1 << 10;

/// How many keys are counted between two calls of `take`. A few counted during a call may be missing.
pub struct Shares {
    all: AtomicUsize,
    of_realms: Box<[AtomicUsize]>,
    hasher: RandomState,
}

impl Shares {
    /// About 50 MB. Few in tests, so that they can fill it.
    pub const IN_ALL: usize = if cfg!(test) { 1 << 12 } else { 1 << 18 };
    pub const OF_REALM: usize = Self::IN_ALL / 4;

    /// Whether one more key fits.
    pub fn take(&self, realm: Option<&RealmLabel>) -> bool {
        let of_realm = realm.and_then(|realm| self.of_realms.get(place(self.hasher.hash_one(realm), PLACES)));
        if self.all.load(Ordering::Relaxed) >= Self::IN_ALL
            || of_realm.is_some_and(|count| count.load(Ordering::Relaxed) >= Self::OF_REALM)
        {
            return false;
        }
        self.all.fetch_add(1, Ordering::Relaxed);
        if let Some(count) = of_realm {
            count.fetch_add(1, Ordering::Relaxed);
        }
        true
    }

    pub fn clear(&self) {
        for count in self.of_realms.iter().chain([&self.all]) {
            count.store(0, Ordering::Relaxed);
        }
    }
}

impl Default for Shares {
    fn default() -> Self {
        let of_realms = (0..PLACES).map(|_| AtomicUsize::new(0)).collect();
        Self { all: AtomicUsize::new(0), of_realms, hasher: RandomState::new() }
    }
}

/// 512 KiB. An id that shares a place with another may count as new again, which costs one early write.
const REMEMBERED: usize = 1 << 16;

pub struct Seen {
    places: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl Seen {
    pub fn is_new(&self, id: UsedId) -> bool {
        // A place that holds 0 is empty.
        let hash = self.hasher.hash_one(id).max(1);
        let known = self.places.get(place(hash, REMEMBERED)).map(|place| place.swap(hash, Ordering::Relaxed));
        known != Some(hash)
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self { places: (0..REMEMBERED).map(|_| AtomicU64::new(0)).collect(), hasher: RandomState::new() }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are used")]
const fn place(hash: u64, places: usize) -> usize {
    hash as usize % places
}
