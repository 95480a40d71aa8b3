//! Moments and durations: relative up to 7 days, dates beyond. All of them are UTC.

use claviger_contract::Timestamp;

use super::count::things;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const RELATIVE_DAYS: i64 = 7;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A moment of the past in a list: `40 s ago`, `3 min ago`, `1 hour ago`, `yesterday`, `3 days ago`, then the date.
///
/// A moment of the future, which clocks of several nodes may give, reads `just now`.
pub fn ago(at: &Timestamp, now: &Timestamp) -> String {
    let seconds = now.epoch_seconds() - at.epoch_seconds();
    let days = days_between(at, now);
    match seconds {
        ..=0 => "just now".to_owned(),
        1..MINUTE => format!("{seconds} s ago"),
        MINUTE..HOUR => format!("{} min ago", seconds / MINUTE),
        _ if seconds < DAY => format!("{} ago", counted(seconds / HOUR, "hour", "hours")),
        _ if days == 1 => "yesterday".to_owned(),
        _ if days < RELATIVE_DAYS => format!("{days} days ago"),
        _ => date(at, now),
    }
}

/// How long until a moment: `in 6 days`, `in 3 hours`, `in 2 min`; what is left is rounded down, and the past is `now`.
pub fn in_time(at: &Timestamp, now: &Timestamp) -> String {
    let seconds = at.epoch_seconds() - now.epoch_seconds();
    match seconds {
        ..=0 => "now".to_owned(),
        1..MINUTE => "in less than 1 min".to_owned(),
        MINUTE..HOUR => format!("in {} min", seconds / MINUTE),
        _ if seconds < DAY => format!("in {}", counted(seconds / HOUR, "hour", "hours")),
        _ => format!("in {}", counted(seconds / DAY, "day", "days")),
    }
}

/// `5 Sep`, with the year if it is not that of `now`.
pub fn date(at: &Timestamp, now: &Timestamp) -> String {
    if at.date().0 == now.date().0 { without_year(at) } else { day(at) }
}

/// `5 Sep 2026`.
pub fn day(at: &Timestamp) -> String {
    format!("{} {}", without_year(at), at.date().0)
}

/// `28 Nov 18:40`, `today 18:40` or `yesterday 18:40`; the year as in [`date`].
pub fn date_time(at: &Timestamp, now: &Timestamp) -> String {
    let day = match days_between(at, now) {
        0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        _ => date(at, now),
    };
    format!("{day} {}", clock(at))
}

/// `28 Nov 2026, 18:37:20 UTC`.
pub fn exact(at: &Timestamp) -> String {
    format!("{}, {} UTC", day(at), seconds_of_day(at))
}

/// `28 Nov 2026, 18:37 UTC`.
pub fn minute(at: &Timestamp) -> String {
    format!("{}, {} UTC", day(at), clock(at))
}

/// A whole duration: `15 minutes`, `1 hour`, `90 days`.
pub fn lifetime(seconds: &u64) -> String {
    let seconds = *seconds;
    let units = [(86_400, "day", "days"), (3_600, "hour", "hours"), (60, "minute", "minutes")];
    // One day is said in hours, as the choices of the brief do.
    let fits = |unit: u64| seconds > 0 && seconds.is_multiple_of(unit) && (unit < 86_400 || seconds > unit);
    match units.into_iter().find(|(unit, ..)| fits(*unit)) {
        Some((unit, one, many)) => things(&(seconds / unit), one, many),
        None => things(&seconds, "second", "seconds"),
    }
}

/// Seconds, given as digits, as the command line takes a duration: `15m`, `1h`; what is no number stays as it is.
pub fn lifetime_flag(seconds: &str) -> String {
    match seconds.parse::<u64>() {
        Ok(whole) if whole > 0 && whole.is_multiple_of(3_600) => format!("{}h", whole / 3_600),
        Ok(whole) if whole > 0 && whole.is_multiple_of(60) => format!("{}m", whole / 60),
        _ => seconds.to_owned(),
    }
}

/// Calendar days from one moment to the other; negative if `at` lies on a later day.
fn days_between(at: &Timestamp, now: &Timestamp) -> i64 {
    now.epoch_seconds() / DAY - at.epoch_seconds() / DAY
}

fn without_year(at: &Timestamp) -> String {
    let (_, month, day) = at.date();
    let month = MONTHS.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or_default();
    format!("{day} {month}")
}

/// `18:37`.
pub fn clock(at: &Timestamp) -> String {
    seconds_of_day(at)[..5].to_owned()
}

/// `18:37:20`.
pub fn seconds_of_day(at: &Timestamp) -> String {
    let second = at.epoch_seconds() % DAY;
    format!("{:02}:{:02}:{:02}", second / HOUR, second % HOUR / MINUTE, second % MINUTE)
}

fn counted(count: i64, one: &str, many: &str) -> String {
    things(&count.unsigned_abs(), one, many)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-28T18:40:12Z";

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn past_is_relative_for_seven_days() {
        for (past, text) in [
            ("2026-11-28T18:40:13Z", "just now"),
            (NOW, "just now"),
            ("2026-11-28T18:39:32Z", "40 s ago"),
            ("2026-11-28T18:37:12Z", "3 min ago"),
            ("2026-11-28T17:40:12Z", "1 hour ago"),
            ("2026-11-28T02:40:11Z", "16 hours ago"),
            ("2026-11-27T18:40:13Z", "23 hours ago"),
            ("2026-11-27T16:02:11Z", "yesterday"),
            ("2026-11-26T23:59:59Z", "2 days ago"),
            ("2026-11-22T00:00:00Z", "6 days ago"),
            ("2026-11-21T23:59:59Z", "21 Nov"),
            ("2026-01-01T00:00:00Z", "1 Jan"),
            ("2025-12-31T23:59:59Z", "31 Dec 2025"),
        ] {
            assert_eq!(ago(&at(past), &at(NOW)), text, "{past}");
        }
    }

    #[test]
    fn time_left_is_rounded_down() {
        for (future, text) in [
            (NOW, "now"),
            ("2026-11-28T18:41:11Z", "in less than 1 min"),
            ("2026-11-28T18:42:12Z", "in 2 min"),
            ("2026-11-28T19:40:12Z", "in 1 hour"),
            ("2026-11-29T18:40:12Z", "in 1 day"),
            ("2026-12-05T18:40:11Z", "in 6 days"),
        ] {
            assert_eq!(in_time(&at(future), &at(NOW)), text, "{future}");
        }
    }

    #[test]
    fn moments_are_exact_in_utc() {
        let moment = at("2026-09-05T09:12:00Z");
        assert_eq!(exact(&moment), "5 Sep 2026, 09:12:00 UTC");
        assert_eq!(minute(&moment), "5 Sep 2026, 09:12 UTC");
        assert_eq!(day(&moment), "5 Sep 2026");
        for (past, text) in [
            ("2026-11-28T00:00:00Z", "today 00:00"),
            ("2026-11-27T23:59:59Z", "yesterday 23:59"),
            ("2026-09-05T09:12:00Z", "5 Sep 09:12"),
            ("2027-01-05T09:12:00Z", "5 Jan 2027 09:12"),
        ] {
            assert_eq!(date_time(&at(past), &at(NOW)), text, "{past}");
        }
        assert_eq!(exact(&Timestamp::EARLIEST), "1 Jan 1970, 00:00:00 UTC");
        assert_eq!(exact(&Timestamp::LATEST), "31 Dec 9999, 23:59:59 UTC");
    }

    #[test]
    fn lifetimes_have_the_largest_whole_unit() {
        for (seconds, text) in [
            (900, "15 minutes"),
            (3_600, "1 hour"),
            (5_400, "90 minutes"),
            (86_400, "24 hours"),
            (172_800, "2 days"),
            (7_776_000, "90 days"),
            (1, "1 second"),
            (0, "0 seconds"),
        ] {
            assert_eq!(lifetime(&seconds), text);
        }
    }
}
