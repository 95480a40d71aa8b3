//! The label of a realm, as used in URLs and tokens.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

/// `[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?`, except the words that routes begin with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RealmLabel(Arc<str>);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidRealmLabel {
    #[error("a realm's label is 1 to 63 of a-z, 0-9 and -, with no - at either end")]
    Malformed,
    #[error("\"{0}\" is reserved: choose another label")]
    Reserved(String),
}

const RESERVED: [&str; 9] =
    ["api", "realms", "oauth", "health", "console", "metrics", "assets", "static", "well-known"];

impl RealmLabel {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RealmLabel {
    type Err = InvalidRealmLabel;

    fn from_str(text: &str) -> Result<Self, InvalidRealmLabel> {
        let well_formed = (1..=63).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-');
        if !well_formed {
            return Err(InvalidRealmLabel::Malformed);
        }
        if RESERVED.contains(&text) {
            return Err(InvalidRealmLabel::Reserved(text.to_owned()));
        }
        Ok(Self(text.into()))
    }
}

impl<'de> Deserialize<'de> for RealmLabel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for RealmLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Allows lookups by path text in maps keyed by label.
impl Borrow<str> for RealmLabel {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_follow_the_grammar() {
        for good in ["a", "acme", "a-b", "0", &"a".repeat(63)] {
            assert_eq!(good.parse::<RealmLabel>().expect(good).as_str(), good);
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "ä", &"a".repeat(64)] {
            assert_eq!(bad.parse::<RealmLabel>(), Err(InvalidRealmLabel::Malformed), "{bad}");
        }
        assert_eq!("api".parse::<RealmLabel>(), Err(InvalidRealmLabel::Reserved("api".into())));
    }
}
