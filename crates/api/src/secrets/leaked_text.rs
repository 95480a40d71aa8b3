//! Text that holds a leaked secret, which no answer shows.

use std::fmt;

use claviger_contract::{MAX_TOKEN_BYTES, RealmLabel};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::schema::Schema;
use crate::value::RequestValue;

/// Any character but U+0000, since a line of a log may stand around it. Without `Debug` content.
#[derive(Clone, PartialEq, Eq)]
pub struct LeakedText(Zeroizing<String>);

impl LeakedText {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LeakedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LeakedText(…)")
    }
}

impl Serialize for LeakedText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for LeakedText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl Schema for LeakedText {
    fn schema() -> Value {
        json!({"type": "string", "minLength": 1, "maxLength": MAX_TOKEN_BYTES, "format": "password"})
    }
}

/// Errors contain no part of it.
impl RequestValue for LeakedText {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        let text = value.as_str().ok_or("must be a string")?;
        match (1..=MAX_TOKEN_BYTES).contains(&text.len()) && !text.contains('\0') {
            true => Ok(Self::new(text.to_owned())),
            false => Err(format!("must have 1 to {MAX_TOKEN_BYTES} bytes, and no U+0000")),
        }
    }
}
