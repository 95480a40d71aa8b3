//! A clock that stands still, for tests.

use std::time::Duration;

use claviger_contract::Timestamp;

use crate::environment::clock::Clock;

/// It shows the same second of 2001, and no time passes since the boot.
#[derive(Clone, Copy, Debug)]
pub struct StoppedClock;

const SECONDS: i64 = 1_000_000_000;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_epoch_seconds(SECONDS)
    }

    fn since_epoch(&self) -> Duration {
        Duration::from_secs(SECONDS.unsigned_abs())
    }

    fn since_boot(&self) -> Duration {
        Duration::ZERO
    }
}
