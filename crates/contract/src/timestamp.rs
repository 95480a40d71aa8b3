//! A moment in UTC, in whole seconds, as used in tokens, tables and responses.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Whole seconds since the Unix epoch. JSON: RFC 3339 with `Z`; JWT claims use [`Timestamp::epoch_seconds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidTimestamp {
    #[error("a time in RFC 3339 form, such as 2027-01-31T12:00:00Z")]
    Malformed,
    #[error("a time from 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z, counted in UTC")]
    OutOfRange,
}

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EARLIEST: Self = Self(0);

    /// 9999-12-31T23:59:59Z: later years have no RFC 3339 form.
    pub const LATEST: Self = Self(253_402_300_799);

    /// Saturates at `EARLIEST` and `LATEST`. For external input use [`Timestamp::try_from_epoch_seconds`].
    pub const fn from_epoch_seconds(seconds: i64) -> Self {
        if seconds < Self::EARLIEST.0 {
            Self::EARLIEST
        } else if seconds > Self::LATEST.0 {
            Self::LATEST
        } else {
            Self(seconds)
        }
    }

    /// Refuses times outside `EARLIEST` to `LATEST`.
    pub const fn try_from_epoch_seconds(seconds: i64) -> Result<Self, InvalidTimestamp> {
        if seconds < Self::EARLIEST.0 || seconds > Self::LATEST.0 {
            Err(InvalidTimestamp::OutOfRange)
        } else {
            Ok(Self(seconds))
        }
    }

    pub const fn epoch_seconds(self) -> i64 {
        self.0
    }

    /// Year, month and day in UTC.
    pub fn date(self) -> (i32, u8, u8) {
        let day = DateTime::<Utc>::from_timestamp(self.0, 0).unwrap_or_default().date_naive();
        let part = |part: u32| u8::try_from(part).unwrap_or(1);
        (day.year(), part(day.month()), part(day.day()))
    }

    /// Saturates at `EARLIEST` and `LATEST`.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_epoch_seconds(self.0.saturating_add(seconds))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = DateTime::<Utc>::from_timestamp(self.0, 0).ok_or(fmt::Error)?;
        f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| InvalidTimestamp::Malformed)?;
        Self::try_from_epoch_seconds(moment.timestamp())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(|error: InvalidTimestamp| serde::de::Error::custom(format!("must be {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_form_round_trips_in_utc() {
        let moment: Timestamp = "2028-02-29T23:59:59+01:00".parse().expect("a leap day");
        assert_eq!(moment.to_string(), "2028-02-29T22:59:59Z");
        assert_eq!("yesterday".parse::<Timestamp>(), Err(InvalidTimestamp::Malformed));
    }

    #[test]
    fn bounds_hold_after_the_conversion_to_utc() {
        for (text, stored) in [
            ("9999-12-31T23:59:59Z", Some("9999-12-31T23:59:59Z")),
            ("9999-12-31T23:59:59+00:01", Some("9999-12-31T23:58:59Z")),
            ("9999-12-31T23:59:59-00:01", None),
            ("9999-12-31T23:59:59-23:59", None),
            ("9999-12-31T23:59:60-01:00", None),
            ("1970-01-01T00:00:00Z", Some("1970-01-01T00:00:00Z")),
            ("1970-01-01T00:00:00+00:01", None),
            ("1969-12-31T23:59:00-00:01", Some("1970-01-01T00:00:00Z")),
            ("0000-01-01T00:00:00+23:59", None),
            ("0001-01-01T00:00:00Z", None),
        ] {
            let parsed = text.parse::<Timestamp>();
            match stored {
                Some(stored) => assert_eq!(parsed.expect(text).to_string(), stored),
                None => assert_eq!(parsed, Err(InvalidTimestamp::OutOfRange), "{text}"),
            }
        }
        for text in ["+10000-01-01T00:59:59Z", "-0001-01-01T00:00:00Z", "10000-01-01T00:00:00Z"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_can_be_constructed_reads_back(seconds: i64, more: i64) {
            let moments = [
                Timestamp::from_epoch_seconds(seconds),
                Timestamp::from_epoch_seconds(seconds).plus_seconds(more),
                Timestamp::LATEST.plus_seconds(more),
                Timestamp::EARLIEST.plus_seconds(more),
            ];
            for moment in moments {
                prop_assert_eq!(moment.to_string().parse(), Ok(moment));
                let json = serde_json::to_string(&moment).expect("JSON");
                prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).expect("a time"), moment);
            }
        }

        #[test]
        fn whatever_is_accepted_reads_back(
            year in 0..=9999_u16, month in 1..=12_u8, day in 1..=28_u8, hour in 0..=23_u8,
            offset in 0..=23_u8, minutes in 0..=59_u8, west: bool,
        ) {
            let sign = if west { '-' } else { '+' };
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:59:59{sign}{offset:02}:{minutes:02}");
            if let Ok(moment) = text.parse::<Timestamp>() {
                prop_assert_eq!(moment.to_string().parse(), Ok(moment));
            }
        }
    }
}
