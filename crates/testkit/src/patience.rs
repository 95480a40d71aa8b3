//! Timeouts: an event that does not occur in time fails the test with its name, and threads end with the test.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// Timeout of every wait.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Polls until the condition holds.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Deadline::begin();
    while !is_so() {
        deadline.assert_before(what);
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until the wall clock shows another second: log positions of two histories differ by the second they began.
#[track_caller]
pub fn next_second() {
    let second = || SystemTime::UNIX_EPOCH.elapsed().expect("a time after 1970").as_secs();
    let now = second();
    until("another second", || second() != now);
}

/// For a loop that does more than polling.
pub struct Deadline(Instant);

impl Deadline {
    pub fn begin() -> Self {
        Self(Instant::now() + PATIENCE)
    }

    #[track_caller]
    pub fn assert_before(&self, what: &str) {
        assert!(Instant::now() < self.0, "not within {PATIENCE:?}: {what}");
    }
}

/// Signals threads to end when dropped, also if the test fails; otherwise joining them would never return.
pub struct StopAtEnd<'a>(pub &'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
