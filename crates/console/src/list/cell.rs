//! What stands in one cell of a list.

use claviger_contract::Timestamp;

use crate::links::Address;
use crate::parts::Mark;
use crate::text::{initials, things};

#[derive(Clone, Debug)]
pub enum Cell {
    /// The link to its page, and one line below it, which may be empty.
    Name {
        address: Address,
        name: String,
        below: String,
    },
    /// As [`Cell::Name`], for a name that machines read.
    Code {
        address: Address,
        name: String,
        below: String,
    },
    /// A link with the person's initials before it.
    Person {
        address: Address,
        name: String,
        email: String,
    },
    Mark(Mark),
    /// What a person may have written.
    Text(String),
    /// What is said where there is nothing: `none`.
    Quiet(&'static str),
    /// Two lines.
    Two(String, String),
    /// Each with this symbol.
    Chips(&'static str, Vec<String>),
    /// Scopes, patterns; and how many more there are.
    Codes(Vec<String>, u64),
    /// A whole id; and what its copy button copies.
    Id(String, String),
    /// A moment of the past.
    Ago(Timestamp),
    /// A day.
    Date(Timestamp),
    /// A moment, to the minute.
    Exact(Timestamp),
    /// What machines read.
    Mono(String),
    /// The same with a copy button, and what that copies.
    Copied(String, &'static str),
}

/// Codes that a row shows.
const MAX_CODES: usize = 4;

impl Cell {
    /// The text, or what is said without one.
    pub fn text_or(text: impl Into<String>, none: &'static str) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Quiet(none) } else { Self::Text(text) }
    }

    pub fn chips_or(icon: &'static str, names: Vec<String>, none: &'static str) -> Self {
        if names.is_empty() { Self::Quiet(none) } else { Self::Chips(icon, names) }
    }

    /// The first ones.
    pub fn codes_or(mut codes: Vec<String>, none: &'static str) -> Self {
        let more = u64::try_from(codes.len().saturating_sub(MAX_CODES)).unwrap_or(u64::MAX);
        codes.truncate(MAX_CODES);
        if codes.is_empty() { Self::Quiet(none) } else { Self::Codes(codes, more) }
    }

    /// `2 members`, or what is said without one.
    pub fn count_or(count: u64, one: &str, many: &str, none: &'static str) -> Self {
        if count == 0 { Self::Quiet(none) } else { Self::Text(things(&count, one, many)) }
    }

    pub fn ago_or(at: Option<Timestamp>, never: &'static str) -> Self {
        at.map_or(Self::Quiet(never), Self::Ago)
    }

    pub fn date_or(at: Option<Timestamp>, never: &'static str) -> Self {
        at.map_or(Self::Quiet(never), Self::Date)
    }

    pub(crate) fn initials_of(name: &str, email: &str) -> String {
        initials(name, email)
    }
}
