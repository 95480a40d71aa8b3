//! Bounded texts of a provider: its client id, names and values of claims, and its name for a person.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidProviderText {
    #[error("must be 1 to 256 visible ASCII characters")]
    ProviderClientId,
    #[error("must be 1 to 256 characters with no control character and no space at either end")]
    ClaimText,
    #[error("must be 1 to 255 ASCII characters with no control character")]
    ProviderSubject,
}

macro_rules! provider_text {
    ($name:ident, $fits:expr, $doc:literal) => {
        #[doc = $doc]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidProviderText;

            fn from_str(text: &str) -> Result<Self, InvalidProviderText> {
                let fits: fn(&str) -> bool = $fits;
                if fits(text) { Ok(Self(text.into())) } else { Err(InvalidProviderText::$name) }
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
    };
}

provider_text!(
    ProviderClientId,
    |text| (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()),
    "The client id under which this server is registered at a provider."
);
provider_text!(
    ClaimText,
    |text| {
        (1..=256).contains(&text.chars().count())
            && text.trim() == text
            && !text.chars().any(char::is_control)
    },
    "The name of a claim, or the value that a rule compares with. Compared exactly."
);
provider_text!(
    ProviderSubject,
    |text| { (1..=255).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) },
    "The id of a person at a provider, never assigned to another person (OpenID Connect Core §2)."
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_bounded() {
        for good in ["a", "248289761001", &"x".repeat(255)] {
            assert_eq!(good.parse::<ProviderSubject>().expect(good).as_str(), good);
        }
        for bad in ["", "\u{e9}", "a\0", "a\n", "a\u{200b}", &"x".repeat(256)] {
            assert_eq!(bad.parse::<ProviderSubject>(), Err(InvalidProviderText::ProviderSubject), "{bad:?}");
        }
        for good in ["/it/platform", "Gruppe \u{df}", &"\u{df}".repeat(256)] {
            assert_eq!(good.parse::<ClaimText>().expect(good).as_str(), good);
        }
        for bad in ["", " a", "a ", "a\nb", &"x".repeat(257)] {
            assert_eq!(bad.parse::<ClaimText>(), Err(InvalidProviderText::ClaimText), "{bad:?}");
        }
        for bad in ["", "a b", "\u{e9}", &"x".repeat(257)] {
            assert_eq!(
                bad.parse::<ProviderClientId>(),
                Err(InvalidProviderText::ProviderClientId),
                "{bad:?}"
            );
        }
    }
}
