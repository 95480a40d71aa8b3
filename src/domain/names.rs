//! Texts that people give to things, checked once at the border.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidText {
    #[error("a name is 1 to 64 characters with no control character and no space at either end")]
    Name,
    #[error(
        "a text here is at most 1,000 characters, without control characters other than line breaks and tabs"
    )]
    Description,
    #[error(
        "an e-mail address has one @ with something on both sides, no spaces, and at most 254 characters"
    )]
    EmailAddress,
}

macro_rules! checked_text {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

checked_text!(Name, "Of credentials, groups, resource servers, members: any script, compared exactly.");
checked_text!(Description, "Free text, empty allowed.");
checked_text!(EmailAddress, "Kept in lower case, which is how addresses are compared.");

impl FromStr for Name {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let length = text.chars().count();
        let fits = (1..=64).contains(&length) && text.trim() == text && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.into())) } else { Err(InvalidText::Name) }
    }
}

impl FromStr for Description {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        let fits = text.chars().count() <= 1_000 && text.chars().all(allowed);
        if fits { Ok(Self(text.into())) } else { Err(InvalidText::Description) }
    }
}

impl Default for Description {
    fn default() -> Self {
        Self("".into())
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let (local, host) = text.split_once('@').ok_or(InvalidText::EmailAddress)?;
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '@';
        let fits = text.len() <= 254
            && !local.is_empty()
            && !host.is_empty()
            && local.chars().all(plain)
            && host.chars().all(plain);
        if fits { Ok(Self(text.to_lowercase().into())) } else { Err(InvalidText::EmailAddress) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bounded_and_compared_exactly() {
        for good in ["a", "Tech Products", "夜間", &"ß".repeat(64)] {
            assert_eq!(good.parse::<Name>().expect(good).as_str(), good);
        }
        for bad in ["", " a", "a ", "a\u{a0}", "a\nb", "a\0b", &"a".repeat(65)] {
            assert_eq!(bad.parse::<Name>(), Err(InvalidText::Name), "{bad:?}");
        }
    }

    #[test]
    fn addresses_are_compared_in_lower_case() {
        assert_eq!(
            "Ada@Example.ORG".parse::<EmailAddress>().expect("an address").as_str(),
            "ada@example.org"
        );
        for bad in ["", "@", "a@", "@b", "a b@c", "a@b@c"] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
        }
    }
}
