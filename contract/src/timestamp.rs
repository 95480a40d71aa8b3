//! A moment in UTC, to the second: what tokens, tables and answers carry.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Whole seconds since the Unix epoch. JSON: RFC 3339 with `Z`; JWT claims use [`Timestamp::epoch_seconds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a time in RFC 3339 form, such as 2027-01-31T12:00:00Z")]
pub struct InvalidTimestamp;

impl Timestamp {
    pub const fn from_epoch_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    pub const fn epoch_seconds(self) -> i64 {
        self.0
    }

    /// Year, month and day in UTC; of a moment that no calendar has, the first of all.
    pub fn date(self) -> (i32, u8, u8) {
        let day = DateTime::<Utc>::from_timestamp(self.0, 0).unwrap_or_default().date_naive();
        let part = |part: u32| u8::try_from(part).unwrap_or(1);
        (day.year(), part(day.month()), part(day.day()))
    }

    /// Saturates at the ends of time, which no lifetime reaches.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
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
        DateTime::parse_from_rfc3339(text)
            .map(|moment| Self(moment.timestamp()))
            .map_err(|_| InvalidTimestamp)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_in_utc() {
        let moment: Timestamp = "2028-02-29T23:59:59+01:00".parse().expect("a leap day");
        assert_eq!(moment.to_string(), "2028-02-29T22:59:59Z");
        assert_eq!("yesterday".parse::<Timestamp>(), Err(InvalidTimestamp));
    }
}
