//! Days of a form: `2027-02-26`, which begins at midnight UTC.

use claviger_contract::Timestamp;

pub const DAY: i64 = 86_400;

pub fn date(at: Timestamp) -> String {
    let (year, month, day) = at.date();
    format!("{year:04}-{month:02}-{day:02}")
}

pub fn tomorrow(now: Timestamp) -> String {
    date(now.plus_seconds(DAY))
}

/// The start of a day, UTC.
pub fn start_of(date: &str) -> Option<Timestamp> {
    let is_date = date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    is_date.then(|| format!("{date}T00:00:00Z").parse().ok()).flatten()
}
