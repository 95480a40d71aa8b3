//! User-supplied texts, validated once on input.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

use crate::records::plain_text::{Unseen, composed, unseen, unseen_in_lines};

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidText {
    #[error("a name is 1 to 64 characters with no control or invisible character and no space at either end")]
    Name,
    #[error("a name must consist of visible characters: this one {0}")]
    UnseenInName(Unseen),
    #[error("an e-mail address must consist of visible characters: this one {0}")]
    UnseenInAddress(Unseen),
    #[error("a text must consist of visible characters, line breaks and tabs: this one {0}")]
    UnseenInText(Unseen),
    #[error("a text is at most 1,000 characters, without control characters other than line breaks and tabs")]
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

        /// Stored values: validated by the most permissive version's rule, unchanged byte for byte.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::stored(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
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

impl Name {
    /// The name of an existing object in a request: in NFC if valid today, otherwise unchanged, so that names older
    /// than the rule can still be found.
    pub fn existing(text: &str) -> Result<Self, InvalidText> {
        text.parse().or_else(|refused| Self::stored(text).map_err(|_| refused))
    }

    /// The form in which names are compared where two that differ only in case are the same.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }

    fn stored(text: &str) -> Result<Self, InvalidText> {
        let length = text.chars().count();
        let fits = (1..=64).contains(&length) && text.trim() == text && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.into())) } else { Err(InvalidText::Name) }
    }
}

/// In NFC, without invisible characters.
impl FromStr for Name {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let text = composed(text);
        match unseen(&text) {
            Some(unseen) => Err(InvalidText::UnseenInName(unseen)),
            None => Self::stored(&text),
        }
    }
}

impl FromStr for Description {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let text = composed(text);
        match unseen_in_lines(&text) {
            Some(unseen) => Err(InvalidText::UnseenInText(unseen)),
            None => Self::stored(&text),
        }
    }
}

impl Description {
    fn stored(text: &str) -> Result<Self, InvalidText> {
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

/// In NFC and lower case, without invisible characters.
impl FromStr for EmailAddress {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let address = Self::stored(&composed(text))?;
        match unseen(address.as_str()) {
            Some(unseen) => Err(InvalidText::UnseenInAddress(unseen)),
            None => Ok(Self(composed(address.as_str()).into())),
        }
    }
}

impl EmailAddress {
    fn stored(text: &str) -> Result<Self, InvalidText> {
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
        for bad in ["", " ", " a", "a ", "\u{3000}a", &"a".repeat(65)] {
            assert_eq!(bad.parse::<Name>(), Err(InvalidText::Name), "{bad:?}");
        }
        for (bad, code) in [
            ("a\u{a0}", "U+00A0"),
            ("a\u{2009}b", "U+2009"),
            ("a\u{2028}b", "U+2028"),
            ("a\nb", "U+000A"),
            ("a\0b", "U+0000"),
            ("a\u{85}", "U+0085"),
            ("a\u{200b}b", "U+200B"),
            ("a\u{ad}b", "U+00AD"),
            ("\u{3164}", "U+3164"),
            ("\u{202e}a", "U+202E"),
            ("a\u{fe0f}", "U+FE0F"),
            ("a\u{e0041}", "U+E0041"),
        ] {
            let refused = bad.parse::<Name>().expect_err(bad).to_string();
            assert!(refused.contains(code), "{refused}");
        }
    }

    #[test]
    fn names_are_kept_in_nfc_and_counted_after_it() {
        assert_eq!("Cafe\u{301}".parse::<Name>().expect("a name").as_str(), "Caf\u{e9}");
        assert!("e\u{301}".repeat(64).parse::<Name>().is_ok());
        // NFC makes these longer.
        assert_eq!("\u{1d160}".repeat(30).parse::<Name>(), Err(InvalidText::Name));
        assert_eq!("A\u{30a}@X".parse::<EmailAddress>().expect("an address").as_str(), "\u{e5}@x");
    }

    #[test]
    fn what_was_stored_before_the_rule_stays_as_it_is() {
        for text in ["a\u{200b}b", "Cafe\u{301}", "\u{3164}"] {
            let json = serde_json::to_string(text).expect("JSON");
            assert_eq!(serde_json::from_str::<Name>(&json).expect("a name").as_str(), text);
            assert_eq!(serde_json::from_str::<Description>(&json).expect("a text").as_str(), text);
        }
        assert_eq!(Name::existing("a\u{200b}b").expect("a name").as_str(), "a\u{200b}b");
        assert_eq!(Name::existing("Cafe\u{301}").expect("a name").as_str(), "Caf\u{e9}");
        assert!(Name::existing("a\nb").is_err());
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_accepted_reads_back_and_is_accepted_again(text: String) {
            if let Ok(name) = text.parse::<Name>() {
                let json = serde_json::to_string(&name).expect("JSON");
                proptest::prop_assert_eq!(&serde_json::from_str::<Name>(&json).expect("a name"), &name);
                proptest::prop_assert_eq!(name.as_str().parse::<Name>(), Ok(name.clone()));
            }
            if let Ok(description) = text.parse::<Description>() {
                let json = serde_json::to_string(&description).expect("JSON");
                proptest::prop_assert_eq!(serde_json::from_str::<Description>(&json).expect("a text"), description);
            }
            if let Ok(address) = format!("{text}@{text}").parse::<EmailAddress>() {
                let json = serde_json::to_string(&address).expect("JSON");
                proptest::prop_assert_eq!(&serde_json::from_str::<EmailAddress>(&json).expect("an address"), &address);
                proptest::prop_assert_eq!(address.as_str().parse::<EmailAddress>(), Ok(address.clone()));
            }
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
