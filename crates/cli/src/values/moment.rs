//! Expiry times as typed: a day or a time.

use std::str::FromStr;

use claviger_contract::Timestamp;
use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Moment(Timestamp);

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let moment = text.parse().or_else(|_| format!("{text}T00:00:00Z").parse());
        moment.map(Self).map_err(|_| {
            format!("\"{text}\" is neither a day such as 2027-01-31 nor a time such as 2027-01-31T12:00:00Z")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_utc() {
        for (text, moment) in [
            ("2027-01-31", "2027-01-31T00:00:00Z"),
            ("2027-01-31T12:00:00Z", "2027-01-31T12:00:00Z"),
            ("2027-01-31T12:00:00+02:00", "2027-01-31T10:00:00Z"),
        ] {
            assert_eq!(text.parse::<Moment>().map(|Moment(time)| time.to_string()), Ok(moment.to_owned()));
        }
        for text in ["", "tomorrow", "2027-02-30", "2027-01-31T12:00"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
