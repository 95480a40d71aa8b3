//! Ids. A name given instead of an id is refused with a hint.

use std::str::FromStr;

use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifier(String);

impl Identifier {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Identifier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match Uuid::parse_str(text) {
            Ok(id) => Ok(Self(id.to_string())),
            Err(_) => Err("must be an id, not a name: the `list` command shows the ids".to_owned()),
        }
    }
}
