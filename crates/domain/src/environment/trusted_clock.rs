//! Checks the wall clock against the boot clock, the database's time and the newest event. Pure.

use claviger_contract::Timestamp;

use crate::environment::clock_drift::{ClockJumped, ClockReading};

/// Maximum difference between two wall clocks, in milliseconds. A larger one raises an alarm.
const MAX_APART_MILLIS: i64 = 5_000;

/// The time, read from a clock without an alarm. Irreversible acts, such as deleting old rows, require this value
/// instead of a plain time. Only [`ClockWatch::judge`] creates it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrustedNow(Timestamp);

impl TrustedNow {
    pub fn at(self) -> Timestamp {
        self.0
    }

    pub fn minus_seconds(self, seconds: i64) -> Timestamp {
        self.0.plus_seconds(-seconds)
    }

    #[cfg(any(test, feature = "testing"))]
    pub fn for_tests(at: Timestamp) -> Self {
        Self(at)
    }
}

/// A time to record, and the same time as [`TrustedNow`] if the clock can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub at: Timestamp,
    pub trusted: Option<TrustedNow>,
}

/// Why the wall clock cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockAlarmed {
    #[error(transparent)]
    Jumped(#[from] ClockJumped),
    #[error(
        "the wall clock differs from the database's by {by_millis} ms: no token is issued and nothing is ended or \
         deleted because of its age until they agree within 5 s again; correct the wrong clock, and keep both \
         synchronized with NTP"
    )]
    ApartFromDatabase { by_millis: i64 },
    #[error(
        "the wall clock is {by_seconds} s behind the newest event of the log: no token is issued and nothing is ended \
         or deleted because of its age until it has caught up; correct the clock, or, if it is correct and was ahead \
         before, start once with --trust-clock"
    )]
    BehindLog { by_seconds: i64 },
}

impl ClockAlarmed {
    /// Short form for readiness and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Jumped(_) => "clock jumped",
            Self::ApartFromDatabase { .. } => "clock differs from the database's",
            Self::BehindLog { .. } => "clock is behind the log",
        }
    }
}

/// References that the wall clock is compared with.
#[derive(Clone, Copy, Debug)]
pub struct ClockWatch {
    /// Both clocks when they were last known to be correct.
    reference: ClockReading,
    database: Option<Comparison>,
    newest_event: Option<Timestamp>,
}

/// The last comparison with the database's time.
#[derive(Clone, Copy, Debug)]
struct Comparison {
    /// Milliseconds by which the wall clock was ahead of the database's.
    apart_millis: i64,
    /// Milliseconds by which it was ahead of the boot clock at that time. A later difference is a wall clock change.
    ahead_millis: i64,
}

impl Comparison {
    fn apart_at(self, reading: ClockReading) -> i64 {
        self.apart_millis.saturating_add(reading.ahead_millis()).saturating_sub(self.ahead_millis)
    }
}

fn is_apart(millis: i64) -> bool {
    millis.abs() > MAX_APART_MILLIS
}

impl ClockWatch {
    /// The clock is assumed to be correct at startup, until another source contradicts it.
    pub fn new(reading: ClockReading) -> Self {
        Self { reference: reading, database: None, newest_event: None }
    }

    pub fn judge(&self, reading: ClockReading, now: Timestamp) -> Result<TrustedNow, ClockAlarmed> {
        reading.compare(self.reference.ahead_millis())?;
        match self.database.map(|database| database.apart_at(reading)) {
            Some(by_millis) if is_apart(by_millis) => Err(ClockAlarmed::ApartFromDatabase { by_millis }),
            // Agreement of two clocks outweighs an event that another server may have dated wrongly.
            Some(_) => Ok(TrustedNow(now)),
            None => match self.behind_newest_event(now) {
                Some(by_seconds) => Err(ClockAlarmed::BehindLog { by_seconds }),
                None => Ok(TrustedNow(now)),
            },
        }
    }

    /// The time, corrected by the known error of the wall clock. It must not be used for irreversible acts.
    pub fn estimate(&self, reading: ClockReading, now: Timestamp) -> Timestamp {
        let wrong_by = match self.database.map(|database| database.apart_at(reading)) {
            Some(by_millis) if is_apart(by_millis) => by_millis,
            Some(_) => 0,
            None => reading.compare(self.reference.ahead_millis()).err().map_or(0, |jumped| jumped.by_millis),
        };
        now.plus_seconds(-(wrong_by / 1_000))
    }

    /// Small steps are accepted: see [`ClockReading::judge`].
    #[must_use]
    pub fn followed(mut self, reading: ClockReading) -> Self {
        if let Ok(next) = reading.judge(self.reference) {
            self.reference = next;
        }
        self
    }

    /// `database_millis` since the epoch was read between the wall clock times `before` and `after`.
    ///
    /// A clock that differed and now agrees has been corrected: it becomes the new reference.
    #[must_use]
    pub fn compared(
        mut self,
        reading: ClockReading,
        database_millis: i64,
        (before, after): (Timestamp, Timestamp),
    ) -> Self {
        let first = before.epoch_seconds().saturating_mul(1_000);
        // The wall clock is read in whole seconds.
        let last = after.epoch_seconds().saturating_mul(1_000).saturating_add(999);
        let apart_millis =
            database_millis.clamp(first.min(last), first.max(last)).saturating_sub(database_millis);
        let was_apart = self.database.is_some_and(|known| is_apart(known.apart_at(self.reference)));
        if was_apart && !is_apart(apart_millis) {
            self.reference = reading;
        }
        self.database = Some(Comparison { apart_millis, ahead_millis: reading.ahead_millis() });
        self
    }

    /// The latest time found in the log when the server started.
    #[must_use]
    pub fn not_before(mut self, newest_event: Option<Timestamp>) -> Self {
        self.newest_event = newest_event;
        self
    }

    /// The difference in seconds, if it is too large.
    pub fn behind_newest_event(&self, now: Timestamp) -> Option<i64> {
        let by_seconds = self.newest_event?.epoch_seconds().saturating_sub(now.epoch_seconds());
        (by_seconds.saturating_mul(1_000) > MAX_APART_MILLIS).then_some(by_seconds)
    }

    /// Milliseconds by which the wall clock is ahead of the database's.
    pub fn apart_from_database(&self, reading: ClockReading) -> Option<i64> {
        self.database.map(|database| database.apart_at(reading))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_800_000_000);
    const MILLIS: i64 = 1_800_000_000_000;

    fn reading(ahead_millis: i64) -> ClockReading {
        let boot = Duration::from_secs(1_000);
        let ahead = u64::try_from(MILLIS + ahead_millis).expect("after 1970");
        ClockReading::new(boot + Duration::from_millis(ahead), boot)
    }

    fn watch() -> ClockWatch {
        ClockWatch::new(reading(0))
    }

    fn later(seconds: i64) -> Timestamp {
        NOW.plus_seconds(seconds)
    }

    /// The wall clock read `now` when the database's read `database_millis`.
    fn compared(watch: ClockWatch, ahead_millis: i64, now: Timestamp, database_millis: i64) -> ClockWatch {
        watch.compared(reading(ahead_millis), database_millis, (now, now))
    }

    #[test]
    fn time_is_trusted_within_five_seconds_of_the_database_and_no_further() {
        for fine in [-5_000, 0, 999, 5_999] {
            let watch = compared(watch(), 0, NOW, MILLIS + fine);
            assert_eq!(watch.judge(reading(0), NOW).map(TrustedNow::at), Ok(NOW), "{fine}");
            assert_eq!(watch.estimate(reading(0), NOW), NOW);
        }
        for (apart, by_millis) in [(-5_001, 5_001), (6_000, -5_001), (-100 * 86_400_000, 100 * 86_400_000)] {
            let watch = compared(watch(), 0, NOW, MILLIS + apart);
            let alarmed = watch.judge(reading(0), NOW);
            assert_eq!(alarmed, Err(ClockAlarmed::ApartFromDatabase { by_millis }), "{apart}");
            let estimate = watch.estimate(reading(0), NOW).epoch_seconds();
            assert!((estimate * 1_000 - MILLIS - apart).abs() <= 1_000, "{apart}: {estimate}");
        }
    }

    #[test]
    fn slow_answer_of_the_database_is_no_difference() {
        let watch = watch().compared(reading(0), MILLIS + 20_000, (NOW, later(40)));
        assert_eq!(watch.apart_from_database(reading(0)), Some(0));
    }

    #[test]
    fn jump_after_the_comparison_counts_at_once() {
        let watch = compared(watch(), 0, NOW, MILLIS);
        for by in [-6, 6, 100 * 86_400] {
            let (reading, now) = (reading(by * 1_000), later(by));
            assert!(watch.judge(reading, now).is_err(), "{by}");
            assert_eq!(watch.estimate(reading, now), NOW, "{by}");
        }
    }

    #[test]
    fn jump_without_a_database_is_told_by_the_boot_clock() {
        let (reading, now) = (reading(-7_200_000), later(-7_200));
        assert!(matches!(watch().judge(reading, now), Err(ClockAlarmed::Jumped(_))));
        assert_eq!(watch().estimate(reading, now), NOW);
    }

    #[test]
    fn clock_that_was_wrong_at_the_start_and_is_set_right_is_trusted_again() {
        // Started a day ahead.
        let wrong = compared(watch(), 0, NOW, MILLIS - 86_400_000);
        assert!(wrong.judge(reading(0), NOW).is_err());
        let (right, now) = (reading(-86_400_000), later(-86_400));
        assert!(wrong.judge(right, now).is_err(), "it has jumped, and nobody has looked yet");
        let again = compared(wrong, -86_400_000, now, MILLIS - 86_400_000);
        assert_eq!(again.judge(right, now).map(TrustedNow::at), Ok(now));
        // A correct clock that jumps together with the database's, as on one machine, raises no alarm.
        let both =
            compared(compared(watch(), 0, NOW, MILLIS), 86_400_000, later(86_400), MILLIS + 86_400_000);
        assert!(matches!(both.judge(reading(86_400_000), later(86_400)), Err(ClockAlarmed::Jumped(_))));
    }

    #[test]
    fn clock_behind_the_newest_event_is_not_trusted_unless_the_database_agrees_with_it() {
        let behind = watch().not_before(Some(later(6)));
        assert_eq!(behind.judge(reading(0), NOW), Err(ClockAlarmed::BehindLog { by_seconds: 6 }));
        assert!(behind.judge(reading(0), later(1)).is_ok(), "it has caught up");
        assert!(watch().not_before(Some(later(-86_400))).judge(reading(0), NOW).is_ok());
        assert!(watch().not_before(Some(later(5))).judge(reading(0), NOW).is_ok());
        assert!(compared(behind, 0, NOW, MILLIS).judge(reading(0), NOW).is_ok());
    }
}
