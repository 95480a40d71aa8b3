//! The two clocks of the machine.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use claviger_contract::Timestamp;
use rustix::time::{ClockId, clock_gettime};

/// Where the time comes from. A test may let it stand still.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock, since 1970-01-01T00:00:00Z. `exp` and `iat` are compared with it.
    fn since_epoch(&self) -> Duration;

    /// Never set, and goes on while the machine is suspended. Leases are counted on it.
    fn since_boot(&self) -> Duration;
}

/// The clocks of the system. The lease is counted on `CLOCK_BOOTTIME` where there is one.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

#[cfg(any(target_os = "linux", target_os = "android"))]
const BOOT: ClockId = ClockId::Boottime;
// On Apple's systems it goes on while the machine is suspended.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const BOOT: ClockId = ClockId::Monotonic;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the wall clock comes from")]
    fn since_epoch(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn since_boot(&self) -> Duration {
        let time = clock_gettime(BOOT);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
    }
}

/// In whole seconds, as in tokens.
pub(crate) fn timestamp(since_epoch: Duration) -> Timestamp {
    Timestamp::from_epoch_seconds(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
}

/// In whole seconds, as in a revocation set, which counts up to the year 2106.
pub(crate) fn seconds(since_epoch: Duration) -> u32 {
    u32::try_from(since_epoch.as_secs()).unwrap_or(u32::MAX)
}
