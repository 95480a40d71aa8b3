//! A fixed number of meters for any number of keys. No key can fill space that others need, and nothing needs cleanup.

use std::hash::{BuildHasher, Hash, RandomState};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

/// 512 KiB. Keys that share a meter share its rate, so exhausting the meters of others takes this many times the rate
/// of one key.
const METERS: usize = 1 << 16;

/// GCRA. Keys are mapped to meters by a hash that callers cannot predict.
pub struct Slots<C: Clock<Instant = Duration>> {
    limiter: RateLimiter<u64, Meters, C, NoOpMiddleware<Duration>>,
    clock: C,
    hasher: RandomState,
}

struct Meters(Box<[InMemoryState]>);

impl StateStore for Meters {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        #[expect(clippy::cast_possible_truncation, reason = "only the lowest bits are used")]
        let place = *key as usize % METERS;
        #[expect(clippy::indexing_slicing, reason = "the index is less than METERS")]
        self.0[place].measure_and_replace(&NotKeyed::NonKey, decide)
    }
}

impl<C: Clock<Instant = Duration> + Clone> Slots<C> {
    pub fn new(quota: Quota, clock: C) -> Self {
        let meters = Meters((0..METERS).map(|_| InMemoryState::default()).collect());
        let limiter = RateLimiter::new(quota, meters, clock.clone());
        Self { limiter, clock, hasher: RandomState::new() }
    }

    /// Counts one event. Returns how long to wait if it exceeds the rate.
    pub fn count(&self, key: impl Hash) -> Option<Duration> {
        let hash = self.hasher.hash_one(key);
        self.limiter.check_key(&hash).err().map(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}
