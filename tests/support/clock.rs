//! A clock that stands still until it is told otherwise.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use claviger::domain::Clock;
use claviger_contract::Timestamp;

pub struct StillClock {
    seconds: AtomicI64,
    boot_millis: AtomicU64,
    jumped_millis: AtomicI64,
}

impl StillClock {
    pub fn at(text: &str) -> Self {
        let start: Timestamp = text.parse().expect("a time");
        Self {
            seconds: AtomicI64::new(start.epoch_seconds()),
            boot_millis: AtomicU64::new(1_000_000),
            jumped_millis: AtomicI64::new(0),
        }
    }

    /// Somebody sets the wall clock, and no time passes.
    pub fn jump_millis(&self, by: i64) {
        self.jumped_millis.fetch_add(by, Ordering::SeqCst);
    }

    /// Time passes, of which leases and failures are told by `advance_boot` alone.
    pub fn advance_seconds(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// The clock that failures are metered by and leases are measured with.
    pub fn advance_boot(&self, by: Duration) {
        self.boot_millis.fetch_add(u64::try_from(by.as_millis()).expect("a short time"), Ordering::SeqCst);
    }
}

impl StillClock {
    /// The boot clock runs, some times faster than it does, until something is over.
    pub fn pass_until(&self, is_over: impl Fn() -> bool) {
        while !is_over() {
            self.advance_boot(Duration::from_millis(20));
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        let jumped = self.jumped_millis.load(Ordering::SeqCst) / 1_000;
        Timestamp::from_epoch_seconds(self.seconds.load(Ordering::SeqCst) + jumped)
    }

    /// Of time that passes both clocks know.
    fn since_epoch(&self) -> Duration {
        const EPOCH: i64 = 1_800_000_000_000;
        let millis = EPOCH + self.jumped_millis.load(Ordering::SeqCst);
        self.since_boot() + Duration::from_millis(u64::try_from(millis).expect("after 1970"))
    }

    fn since_boot(&self) -> Duration {
        Duration::from_millis(self.boot_millis.load(Ordering::SeqCst))
    }
}

pub const fn minutes(minutes: i64) -> i64 {
    minutes * 60
}

pub const fn days(days: i64) -> i64 {
    days * 86_400
}
