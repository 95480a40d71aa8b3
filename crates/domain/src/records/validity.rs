//! Lifetimes of credentials and their tokens.

use claviger_contract::Timestamp;
use serde::{Deserialize, Serialize};

/// Whole days, 30 to 365, or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Option<u16>", into = "Option<u16>")]
pub enum Validity {
    Days(u16),
    Never,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a whole number of days from 30 to 365, or null for never")]
pub struct InvalidValidity;

impl Validity {
    pub fn days(days: i64) -> Result<Self, InvalidValidity> {
        match u16::try_from(days) {
            Ok(days @ 30..=365) => Ok(Self::Days(days)),
            _ => Err(InvalidValidity),
        }
    }

    /// `created_at + days × 24 h` in UTC: leap days and daylight saving do not matter.
    pub fn expires_at(self, created_at: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Days(days) => Some(created_at.plus_seconds(i64::from(days) * 86_400)),
            Self::Never => None,
        }
    }

    pub fn as_days(self) -> Option<u16> {
        match self {
            Self::Days(days) => Some(days),
            Self::Never => None,
        }
    }
}

impl TryFrom<Option<u16>> for Validity {
    type Error = InvalidValidity;

    fn try_from(days: Option<u16>) -> Result<Self, InvalidValidity> {
        days.map_or(Ok(Self::Never), |days| Self::days(i64::from(days)))
    }
}

impl From<Validity> for Option<u16> {
    fn from(validity: Validity) -> Self {
        validity.as_days()
    }
}

/// Whole minutes from 15 minutes to 24 hours, stored in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct TokenLifetime(u32);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("whole minutes from 900 s (15 minutes) to 86400 s (24 hours), in seconds")]
pub struct InvalidTokenLifetime;

impl TokenLifetime {
    pub const MAX_SECONDS: i64 = claviger_contract::MAX_ACCESS_TOKEN_SECONDS;

    pub fn seconds(seconds: i64) -> Result<Self, InvalidTokenLifetime> {
        match u32::try_from(seconds) {
            Ok(seconds @ 900..=86_400) if seconds % 60 == 0 => Ok(Self(seconds)),
            _ => Err(InvalidTokenLifetime),
        }
    }

    pub fn as_seconds(self) -> i64 {
        i64::from(self.0)
    }
}

impl TryFrom<i64> for TokenLifetime {
    type Error = InvalidTokenLifetime;

    fn try_from(seconds: i64) -> Result<Self, InvalidTokenLifetime> {
        Self::seconds(seconds)
    }
}

impl From<TokenLifetime> for i64 {
    fn from(lifetime: TokenLifetime) -> Self {
        lifetime.as_seconds()
    }
}

/// How long a renewed credential is accepted beside its successor: 0 to 30 days, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Overlap(u32);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a whole number of seconds from 0, which revokes the old key at once, to 2592000 (30 days)")]
pub struct InvalidOverlap;

impl Overlap {
    pub fn seconds(seconds: i64) -> Result<Self, InvalidOverlap> {
        match u32::try_from(seconds) {
            Ok(seconds @ 0..=2_592_000) => Ok(Self(seconds)),
            _ => Err(InvalidOverlap),
        }
    }

    pub fn ends_at(self, from: Timestamp) -> Timestamp {
        from.plus_seconds(i64::from(self.0))
    }

    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<i64> for Overlap {
    type Error = InvalidOverlap;

    fn try_from(seconds: i64) -> Result<Self, InvalidOverlap> {
        Self::seconds(seconds)
    }
}

impl From<Overlap> for i64 {
    fn from(overlap: Overlap) -> Self {
        i64::from(overlap.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_brief() {
        for days in [30, 90, 180, 365] {
            assert!(Validity::days(days).is_ok());
        }
        for days in [-1, 0, 29, 366, 65_566] {
            assert_eq!(Validity::days(days), Err(InvalidValidity));
        }
        for seconds in [900, 3_600, 7_200, 28_800, 86_400, 960] {
            assert!(TokenLifetime::seconds(seconds).is_ok());
        }
        for seconds in [0, 899, 901, 86_401, 86_460, -900] {
            assert_eq!(TokenLifetime::seconds(seconds), Err(InvalidTokenLifetime));
        }
    }

    #[test]
    fn expiry_counts_days_of_24_hours_across_leap_days() {
        let created: Timestamp = "2028-02-01T06:30:00Z".parse().expect("a time");
        let expires = Validity::Days(30).expires_at(created).expect("an end");
        assert_eq!(expires.to_string(), "2028-03-02T06:30:00Z");
        assert_eq!(Validity::Never.expires_at(created), None);
    }
}
