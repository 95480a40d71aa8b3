//! The domain of an e-mail address.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use url::Host;

use crate::records::names::EmailAddress;

/// In ASCII and lower case, so that both spellings of an international name are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailDomain(Arc<str>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the domain of e-mail addresses, such as acme.example")]
pub struct InvalidEmailDomain;

impl EmailDomain {
    /// `None` if it is an address of a machine, or no name.
    pub fn of(address: &EmailAddress) -> Option<Self> {
        address.as_str().rsplit_once('@')?.1.parse().ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailDomain {
    type Err = InvalidEmailDomain;

    fn from_str(text: &str) -> Result<Self, InvalidEmailDomain> {
        // These would be dropped or decoded.
        if text.contains(['%', '*']) || text.chars().any(|one| one.is_whitespace() || one.is_control()) {
            return Err(InvalidEmailDomain);
        }
        match Host::parse(text) {
            Ok(Host::Domain(name)) if name.len() <= 253 && !name.ends_with('.') && !name.starts_with('.') => {
                Ok(Self(name.into()))
            }
            _ => Err(InvalidEmailDomain),
        }
    }
}

impl fmt::Display for EmailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EmailDomain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domain_has_one_spelling() {
        for (text, normal) in [
            ("acme.example", "acme.example"),
            ("ACME.Example", "acme.example"),
            ("b\u{fc}cher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ] {
            let domain: EmailDomain = text.parse().expect(text);
            assert_eq!(domain.as_str(), normal);
            assert_eq!(normal.parse(), Ok(domain.clone()));
            let address: EmailAddress = format!("a@{text}").parse().expect("an address");
            assert_eq!(EmailDomain::of(&address), Some(domain));
        }
        for text in [
            "",
            ".",
            "acme.example.",
            ".acme.example",
            "10.0.0.1",
            "[::1]",
            "a b",
            "*.acme.example",
            "a%2eb",
            "@a",
        ] {
            assert_eq!(text.parse::<EmailDomain>(), Err(InvalidEmailDomain), "{text}");
        }
    }
}
