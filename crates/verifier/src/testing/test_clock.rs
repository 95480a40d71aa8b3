//! Clocks that stand still until a test moves them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, SystemClock};

/// Begins at the time of the system. Clones are the same clock.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Mutex<Times>>);

#[derive(Clone, Copy, Debug)]
struct Times {
    since_epoch: Duration,
    since_boot: Duration,
}

impl TestClock {
    /// Stands at the time of the system.
    #[must_use]
    pub fn now() -> Self {
        let (since_epoch, since_boot) = (SystemClock.since_epoch(), SystemClock.since_boot());
        Self(Arc::new(Mutex::new(Times { since_epoch, since_boot })))
    }

    /// Moves both clocks forward.
    pub fn advance(&self, by: Duration) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.since_epoch += by;
        times.since_boot += by;
    }

    /// Sets the wall clock, in seconds since 1970-01-01T00:00:00Z.
    pub fn set_wall(&self, since_epoch: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).since_epoch = since_epoch;
    }

    /// Sets the boot clock.
    pub fn set_boot(&self, since_boot: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).since_boot = since_boot;
    }
}

impl Clock for TestClock {
    fn since_epoch(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).since_epoch
    }

    fn since_boot(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).since_boot
    }
}
