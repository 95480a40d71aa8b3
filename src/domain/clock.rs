//! Time as an argument.

use std::time::Duration;

use claviger_contract::Timestamp;

/// Two clocks: the calendar for what tokens say, and one that never jumps for what must be waited for.
pub trait Clock: Send + Sync {
    /// The wall clock, UTC, to the second.
    fn now(&self) -> Timestamp;

    /// The wall clock as finely as it goes, to be compared with `since_boot` and with nothing else.
    fn since_epoch(&self) -> Duration;

    /// Since the machine started, suspension included (CLOCK_BOOTTIME). Never compared with another machine's.
    fn since_boot(&self) -> Duration;
}
