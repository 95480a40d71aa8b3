//! The names that the catalog of source types gives to its entries.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

/// A source type, a way to authenticate, a profile, a field or a question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CatalogId(Arc<str>);

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("must be 1 to 64 of a-z 0-9 _ -")]
pub struct InvalidCatalogId;

impl CatalogId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CatalogId {
    type Err = InvalidCatalogId;

    fn from_str(text: &str) -> Result<Self, InvalidCatalogId> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
        match (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            true => Ok(Self(text.into())),
            false => Err(InvalidCatalogId),
        }
    }
}

impl fmt::Display for CatalogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CatalogId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl std::borrow::Borrow<str> for CatalogId {
    fn borrow(&self) -> &str {
        &self.0
    }
}
