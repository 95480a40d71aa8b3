//! Whether the wall clock and the boot clock of one machine still agree. Pure.

use std::time::Duration;

use crate::environment::clock::Clock;

/// Maximum difference between two lease renewals, in milliseconds. It is unknown which clock changed, and the boot
/// clock measures the lease.
const MAX_DIFFERENCE: i64 = 250;

/// Maximum wall clock jump, in milliseconds; expiry times in tokens are wrong by as much.
const MAX_JUMP: i64 = 5_000;

/// After this time the reference is renewed, so that small steps, such as leap seconds, do not accumulate.
const STEADY: Duration = Duration::from_secs(3_600);

/// How often both clocks are read; the pair with the shortest interruption is used.
const READINGS: usize = 4;

/// Both clocks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// Milliseconds by which the wall clock is ahead.
    ahead: i64,
    boot: Duration,
}

/// The wall clock jumped by this many milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the wall clock has jumped by {by_millis} ms relative to the boot clock: no token is issued and nothing is ended \
     or deleted because of its age until the clocks agree within 5 s again; if the wall clock is correct now, restart \
     this server"
)]
pub struct ClockJumped {
    pub by_millis: i64,
}

impl ClockReading {
    pub fn take(clock: &dyn Clock) -> Self {
        let read = |_| {
            let before = clock.since_boot();
            let wall = clock.since_epoch();
            let after = clock.since_boot();
            (after.saturating_sub(before), Self::new(wall, before))
        };
        let first = read(0);
        // The first reading is nearly always good enough.
        if first.0 <= Duration::from_millis(1) {
            return first.1;
        }
        (1..READINGS).map(read).fold(first, |best, next| if next.0 < best.0 { next } else { best }).1
    }

    pub(super) fn new(wall: Duration, boot: Duration) -> Self {
        let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Self { ahead: millis(wall).saturating_sub(millis(boot)), boot }
    }

    /// Since the lease was renewed with `before`.
    pub fn has_drifted(self, before: Self) -> bool {
        self.ahead.abs_diff(before.ahead) > MAX_DIFFERENCE.unsigned_abs()
    }

    /// Milliseconds by which the wall clock is ahead of the boot clock.
    pub fn ahead_millis(self) -> i64 {
        self.ahead
    }

    /// Fails if the wall clock moved too far since it was ahead by `before_millis`.
    pub fn compare(self, before_millis: i64) -> Result<(), ClockJumped> {
        let by_millis = self.ahead.saturating_sub(before_millis);
        if by_millis.abs() > MAX_JUMP { Err(ClockJumped { by_millis }) } else { Ok(()) }
    }

    /// Returns the reference for later readings.
    pub fn judge(self, reference: Self) -> Result<Self, ClockJumped> {
        self.compare(reference.ahead)?;
        let is_steady = self.boot >= reference.boot + STEADY;
        Ok(if is_steady { self } else { reference })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(boot_millis: u64, ahead_millis: u64) -> ClockReading {
        let boot = Duration::from_millis(boot_millis);
        ClockReading::new(boot + Duration::from_millis(ahead_millis), boot)
    }

    const AHEAD: u64 = 1_800_000_000_000;

    #[test]
    fn time_that_passes_moves_nothing_apart() {
        let (before, later) = (at(1_000, AHEAD), at(900_000_000, AHEAD));
        assert!(!later.has_drifted(before));
        assert_eq!(later.judge(before), Ok(later));
    }

    #[test]
    fn a_quarter_of_a_second_either_way_is_one_machine_and_more_is_not() {
        let before = at(1_000, AHEAD);
        for fine in [AHEAD - 250, AHEAD, AHEAD + 250] {
            assert!(!at(1_750, fine).has_drifted(before), "{fine}");
        }
        for apart in [AHEAD - 251, AHEAD + 251] {
            assert!(at(1_750, apart).has_drifted(before), "{apart}");
        }
    }

    #[test]
    fn five_seconds_either_way_is_a_step_and_more_is_a_jump() {
        let reference = at(1_000, AHEAD);
        for fine in [AHEAD - 5_000, AHEAD + 5_000] {
            assert_eq!(at(2_000, fine).judge(reference), Ok(reference));
        }
        assert_eq!(at(2_000, AHEAD - 5_001).judge(reference), Err(ClockJumped { by_millis: -5_001 }));
        assert_eq!(at(2_000, AHEAD + 5_001).judge(reference), Err(ClockJumped { by_millis: 5_001 }));
        // However long ago: waiting does not correct a jump.
        assert_eq!(at(90_000_000, AHEAD + 5_001).judge(reference), Err(ClockJumped { by_millis: 5_001 }));
    }

    #[test]
    fn small_steps_are_forgotten_after_an_hour_and_not_before() {
        let reference = at(0, AHEAD);
        let soon = at(3_599_999, AHEAD + 3_000);
        assert_eq!(soon.judge(reference), Ok(reference));
        assert!(at(3_599_999, AHEAD + 6_000).judge(reference).is_err());
        let later = at(3_600_000, AHEAD + 3_000);
        assert_eq!(later.judge(reference), Ok(later));
        assert_eq!(at(3_600_001, AHEAD + 6_000).judge(later), Ok(later));
    }
}
