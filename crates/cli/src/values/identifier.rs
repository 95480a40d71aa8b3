//! Ids, and names in place of ids.

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

/// How a person refers to an object. What has the form of an id is one: no name is looked up for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    Id(Identifier),
    Name(String),
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            Err(_) if text.trim().is_empty() => Err("must be an id or a name".to_owned()),
            Err(_) => Ok(Self::Name(text.to_owned())),
        }
    }
}

/// The `kid` of a signing key: the thumbprint of its public part in base64url (RFC 7638), which begins with a hyphen in
/// one of 64 keys. What begins with a hyphen and is no thumbprint is a mistyped flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyId(String);

impl KeyId {
    /// Of a SHA-256 digest in base64url without padding.
    const THUMBPRINT_LENGTH: usize = 43;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with('-') && text.len() != Self::THUMBPRINT_LENGTH {
            return Err(
                "neither a flag of this command nor the id of a key, which has 43 characters".to_owned()
            );
        }
        Ok(Self(text.to_owned()))
    }
}
