//! Moments of a drill, which are measured by a clock that nobody sets, and shown as times of day.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use claviger_contract::Timestamp;

use crate::environment::{instant, time_of_day};

/// The time of day when it was made says that of all other moments.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    origin: Instant,
    time_of_day: SystemTime,
}

impl Timeline {
    pub fn begin() -> Self {
        Self { origin: instant(), time_of_day: time_of_day() }
    }

    /// RFC 3339, to the millisecond.
    pub fn text(&self, moment: Instant) -> String {
        let shown = match moment.checked_duration_since(self.origin) {
            Some(later) => self.time_of_day + later,
            None => self.time_of_day - self.origin.saturating_duration_since(moment),
        };
        with_milliseconds(shown.duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    /// The same without the date.
    pub fn clock(&self, moment: Instant) -> String {
        let text = self.text(moment);
        text.split_once('T').map_or(text.clone(), |(_, time)| time.trim_end_matches('Z').to_owned())
    }
}

fn with_milliseconds(since_epoch: Duration) -> String {
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    let whole = Timestamp::from_epoch_seconds(seconds).to_string();
    format!("{}.{:03}Z", whole.trim_end_matches('Z'), since_epoch.subsec_millis())
}

/// Rounded up: what is more than nothing is never shown as nothing.
pub fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_before_and_after_the_begin_have_their_time_of_day() {
        let timeline = Timeline {
            origin: instant(),
            time_of_day: UNIX_EPOCH + Duration::from_millis(1_796_139_725_040),
        };
        let after = timeline.origin + Duration::from_millis(61_005);
        assert_eq!(timeline.text(timeline.origin), "2026-12-01T15:42:05.040Z");
        assert_eq!(timeline.text(after), "2026-12-01T15:43:06.045Z");
        assert_eq!(timeline.clock(after), "15:43:06.045");
        if let Some(before) = timeline.origin.checked_sub(Duration::from_millis(41)) {
            assert_eq!(timeline.text(before), "2026-12-01T15:42:04.999Z");
        }
    }

    #[test]
    fn part_of_a_millisecond_is_one() {
        for (nanos, millis) in [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2)] {
            assert_eq!(milliseconds(Duration::from_nanos(nanos)), millis);
        }
    }
}
