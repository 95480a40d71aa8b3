//! A secret of an answer, which no other answer shows.

use std::fmt;

use claviger_domain::Secret;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::schema::Schema;

/// Without `Debug` content, and without `Clone`.
#[derive(PartialEq, Eq)]
pub struct ShownOnce(Zeroizing<String>);

impl ShownOnce {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&Secret> for ShownOnce {
    fn from(secret: &Secret) -> Self {
        Self(Zeroizing::new(secret.expose().to_owned()))
    }
}

/// A text that contains a secret.
impl From<String> for ShownOnce {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for ShownOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShownOnce(…)")
    }
}

impl Serialize for ShownOnce {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ShownOnce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl Schema for ShownOnce {
    fn schema() -> Value {
        String::schema()
    }
}
