//! Time as an argument.

use std::time::Duration;

use claviger_contract::Timestamp;

/// Two clocks: the wall clock for times in tokens, and a monotonic clock for waiting.
pub trait Clock: Send + Sync {
    /// The wall clock, UTC, to the second.
    fn now(&self) -> Timestamp;

    /// The wall clock at full resolution, to be compared only with `since_boot`.
    fn since_epoch(&self) -> Duration;

    /// The database's time for comparison with this clock, in milliseconds since the epoch. `None` for a simulated
    /// clock, which cannot be compared with external ones.
    fn comparable_to_database(&self, database_millis: i64) -> Option<i64> {
        let _ = database_millis;
        None
    }

    /// Time since boot, including suspension (CLOCK_BOOTTIME). Never compared with another machine's.
    fn since_boot(&self) -> Duration;
}
