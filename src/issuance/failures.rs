//! Failed authentications are metered, successful ones never.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use super::Refusal;
use crate::domain::Clock;

/// How many failures a second, on the average, and the burst before that counts. A rate of 0 is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailureLimits {
    pub per_address: u32,
    pub per_client: u32,
}

impl Default for FailureLimits {
    fn default() -> Self {
        Self { per_address: 10, per_client: 5 }
    }
}

const ADDRESS_BURST: u32 = 300;
const CLIENT_BURST: u32 = 100;

/// Beyond this many keys, those that have recovered are forgotten: unknown ids cost memory only for a while.
const REMEMBERED: usize = 20_000;

/// GCRA per address, and per client id whether the client exists or not.
pub struct Failures {
    addresses: Option<Limiter<IpAddr>>,
    clients: Option<Limiter<String>>,
}

struct Limiter<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, DefaultKeyedStateStore<K>, BootClock, NoOpMiddleware<Duration>>,
    clock: BootClock,
}

#[derive(Clone)]
struct BootClock(Arc<dyn Clock>);

impl GovernorClock for BootClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.since_boot()
    }
}

impl Failures {
    pub fn new(limits: FailureLimits, clock: &Arc<dyn Clock>) -> Self {
        Self {
            addresses: Limiter::new(limits.per_address, ADDRESS_BURST, clock),
            clients: Limiter::new(limits.per_client, CLIENT_BURST, clock),
        }
    }

    /// Counts one failure, and turns `refusal` into a plea for patience when there were too many.
    pub fn refuse(&self, address: IpAddr, client_id: Option<&str>, refusal: Refusal) -> Refusal {
        let client = client_id.and_then(|id| self.clients.as_ref()?.count(bounded(id)));
        let address = self.addresses.as_ref().and_then(|limiter| limiter.count(address));
        client.max(address).map_or(refusal, |retry_after| Refusal::TooManyFailures { retry_after })
    }
}

/// An id of ours has 36 characters; more of a longer one is not worth remembering.
fn bounded(id: &str) -> String {
    id.chars().take(36).collect()
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(per_second: u32, burst: u32, clock: &Arc<dyn Clock>) -> Option<Self> {
        let quota = Quota::per_second(NonZeroU32::new(per_second)?).allow_burst(NonZeroU32::new(burst)?);
        let clock = BootClock(clock.clone());
        let limiter = RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone());
        Some(Self { limiter, clock })
    }

    /// How long to wait, if this was one too many.
    fn count(&self, key: K) -> Option<Duration> {
        if self.limiter.len() > REMEMBERED {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&key).err().map(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_contract::Timestamp;
    use std::sync::Mutex;

    struct Still(Mutex<Duration>);

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_epoch_seconds(0)
        }

        fn since_epoch(&self) -> Duration {
            Duration::ZERO
        }

        fn since_boot(&self) -> Duration {
            *self.0.lock().expect("the clock")
        }
    }

    #[test]
    fn burst_then_rate_then_recovery_per_key() {
        let still = Arc::new(Still(Mutex::new(Duration::from_secs(1_000))));
        let clock: Arc<dyn Clock> = still.clone();
        let failures = Failures::new(FailureLimits::default(), &clock);
        let refuse = |address: [u8; 4], id: &str| {
            failures.refuse(IpAddr::from(address), Some(id), Refusal::InvalidClient)
        };
        for _ in 0..100 {
            assert_eq!(refuse([1, 1, 1, 1], "a"), Refusal::InvalidClient);
        }
        assert!(
            matches!(refuse([2, 2, 2, 2], "a"), Refusal::TooManyFailures { retry_after } if !retry_after.is_zero())
        );
        assert_eq!(refuse([1, 1, 1, 1], "b"), Refusal::InvalidClient);
        *still.0.lock().expect("the clock") += Duration::from_millis(201);
        assert_eq!(refuse([2, 2, 2, 2], "a"), Refusal::InvalidClient);
        for index in 0..300 {
            refuse([3, 3, 3, 3], &format!("{index}"));
        }
        assert!(matches!(refuse([3, 3, 3, 3], "fresh"), Refusal::TooManyFailures { .. }));
    }

    #[test]
    fn zero_is_off() {
        let clock: Arc<dyn Clock> = Arc::new(Still(Mutex::new(Duration::ZERO)));
        let failures = Failures::new(FailureLimits { per_address: 0, per_client: 0 }, &clock);
        for _ in 0..1_000 {
            let refusal = failures.refuse(IpAddr::from([1, 1, 1, 1]), Some("a"), Refusal::InvalidClient);
            assert_eq!(refusal, Refusal::InvalidClient);
        }
    }
}
