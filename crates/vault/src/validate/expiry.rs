//! Reads when a credential ends.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::catalog::{Answered, Expiry, text_of};

/// The earliest of the formats that fit.
pub fn read_expiry(expiry: &Expiry, answered: &Answered) -> Option<DateTime<Utc>> {
    let (text, format) = match expiry {
        Expiry::Header { name, format } => (answered.header(name)?.to_owned(), format),
        Expiry::Json { at, format } => (answered.pointer(at).and_then(text_of)?, format),
    };
    format.all().iter().filter_map(|format| parsed(text.trim(), format)).min()
}

/// A date alone means its first moment in UTC.
fn parsed(text: &str, format: &str) -> Option<DateTime<Utc>> {
    let with_offset = DateTime::parse_from_str(text, format).map(|time| time.to_utc());
    let in_utc = || NaiveDateTime::parse_from_str(text, format).map(|time| time.and_utc());
    let date = || NaiveDate::parse_from_str(text, format).map(|date| date.and_time(NaiveTime::MIN).and_utc());
    with_offset.or_else(|_| in_utc()).or_else(|_| date()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_of_the_catalog_is_read() {
        let utc = "%Y-%m-%d %H:%M:%S UTC";
        let offset = "%Y-%m-%d %H:%M:%S %z";
        for (text, format, expected) in [
            ("2027-01-02 03:04:05 UTC", utc, Some("2027-01-02T03:04:05Z")),
            ("2027-01-02 03:04:05 UTC", offset, None),
            ("2027-01-02 03:04:05 +0200", offset, Some("2027-01-02T01:04:05Z")),
            ("2027-01-02 03:04:05 -0700", offset, Some("2027-01-02T10:04:05Z")),
            ("2027-01-02", "%Y-%m-%d", Some("2027-01-02T00:00:00Z")),
            ("2027-01-02T03:04:05+0100", "%Y-%m-%dT%H:%M:%S%z", Some("2027-01-02T02:04:05Z")),
            ("soon", "%Y-%m-%d", None),
            ("", "%Y-%m-%d", None),
        ] {
            let expected: Option<DateTime<Utc>> = expected.map(|text| text.parse().unwrap());
            assert_eq!(parsed(text, format), expected, "{text} {format}");
        }
    }
}
