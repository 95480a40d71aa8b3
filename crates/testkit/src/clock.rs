//! A manual clock that stands still until a test advances it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use claviger_contract::Timestamp;
use claviger_domain::Clock;

use crate::patience::Deadline;

pub struct StillClock {
    seconds: AtomicI64,
    boot_millis: AtomicU64,
    jumped_millis: AtomicI64,
    database_ahead_millis: AtomicI64,
}

impl StillClock {
    pub fn at(text: &str) -> Self {
        let start: Timestamp = text.parse().expect("a time");
        Self {
            seconds: AtomicI64::new(start.epoch_seconds()),
            boot_millis: AtomicU64::new(1_000_000),
            jumped_millis: AtomicI64::new(0),
            database_ahead_millis: AtomicI64::new(0),
        }
    }

    /// Sets the wall clock without letting time pass.
    pub fn jump_millis(&self, by: i64) {
        self.jumped_millis.fetch_add(by, Ordering::SeqCst);
    }

    /// How far the database's clock is ahead of this one, apart from jumps.
    pub fn set_database_ahead_millis(&self, by: i64) {
        self.database_ahead_millis.store(by, Ordering::SeqCst);
    }

    /// Lets time pass on the wall clock; leases and failure limits need `advance_boot`.
    pub fn advance_seconds(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Advances the clock for failure limits and leases.
    pub fn advance_boot(&self, by: Duration) {
        self.boot_millis.fetch_add(u64::try_from(by.as_millis()).expect("a short time"), Ordering::SeqCst);
    }
}

impl StillClock {
    /// Runs the boot clock faster than real time until the condition holds.
    pub fn pass_until(&self, is_over: impl Fn() -> bool) {
        let deadline = Deadline::begin();
        while !is_over() {
            deadline.assert_before("what was waited for is over");
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

    /// Elapsed time advances both clocks.
    fn since_epoch(&self) -> Duration {
        const EPOCH: i64 = 1_800_000_000_000;
        let millis = EPOCH + self.jumped_millis.load(Ordering::SeqCst);
        self.since_boot() + Duration::from_millis(u64::try_from(millis).expect("after 1970"))
    }

    fn comparable_to_database(&self, _: i64) -> Option<i64> {
        let ahead = self.database_ahead_millis.load(Ordering::SeqCst);
        Some(self.seconds.load(Ordering::SeqCst) * 1_000 + ahead)
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
