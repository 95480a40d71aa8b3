//! A secret of a request, which no answer shows.

use std::fmt;
use std::str::FromStr;

use claviger_contract::RealmLabel;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::schema::Schema;
use crate::value::RequestValue;

const MAX_BYTES: usize = 1_024;

/// Without `Debug` content.
#[derive(Clone, PartialEq, Eq)]
pub struct GivenSecret(Zeroizing<String>);

impl GivenSecret {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for GivenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenSecret(…)")
    }
}

impl Serialize for GivenSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for GivenSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

impl Schema for GivenSecret {
    fn schema() -> Value {
        json!({"type": "string", "minLength": 1, "maxLength": MAX_BYTES, "format": "password"})
    }
}

/// Errors contain no part of it.
impl FromStr for GivenSecret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = (1..=MAX_BYTES).contains(&text.len()) && !text.chars().any(char::is_control);
        match fits {
            true => Ok(Self(Zeroizing::new(text.to_owned()))),
            false => Err(format!("must have 1 to {MAX_BYTES} bytes and no control character")),
        }
    }
}

impl RequestValue for GivenSecret {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        value.as_str().ok_or("must be a string")?.parse()
    }
}
