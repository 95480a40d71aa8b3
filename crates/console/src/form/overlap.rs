//! How long what is renewed goes on working beside its successor.

use claviger_contract::Timestamp;

use super::field::{FormChoice, FormField};
use crate::parts::{OVERLAPS, USUAL_OVERLAP};
use crate::text::date_time;

/// `at_once` says what happens without an overlap. What ends by itself goes on no longer than that.
pub fn overlap_field(now: &Timestamp, at_once: &'static str, own_end: Option<Timestamp>) -> FormField {
    let more = |seconds: u64| {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        if seconds == 0 {
            return at_once.to_owned();
        }
        let end = now.plus_seconds(seconds);
        match own_end.filter(|own| *own <= end) {
            Some(own) => format!("until it expires, {} UTC", date_time(&own, now)),
            None => format!("until {} UTC", date_time(&end, now)),
        }
    };
    let choice = |(seconds, title): (u64, &str)| FormChoice {
        value: seconds.to_string(),
        title: title.to_owned(),
        words: more(seconds),
        chosen: seconds == USUAL_OVERLAP,
        locked: "",
    };
    FormField::Choices {
        key: "overlap",
        legend: "How long does the old key go on working?",
        hint: "",
        many: false,
        choices: OVERLAPS.into_iter().map(choice).collect(),
    }
}
