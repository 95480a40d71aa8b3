//! Protected resources and the actions they offer.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use claviger_contract::{Scope, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::records::names::Description;

/// `type/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceName {
    kind: Arc<str>,
    name: Arc<str>,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a resource is type/name: type is a-z followed by up to 63 of a-z 0-9 _ -, name is 1 to 128 of A-Z a-z 0-9 . _ -"
)]
pub struct InvalidResourceName;

impl ResourceName {
    pub fn new(kind: &str, name: &str) -> Result<Self, InvalidResourceName> {
        if Scope::is_word(kind) && Scope::is_resource_name(name) {
            Ok(Self { kind: kind.into(), name: name.into() })
        } else {
            Err(InvalidResourceName)
        }
    }

    pub fn kind(&self) -> &str {
        &self.kind
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

impl FromStr for ResourceName {
    type Err = InvalidResourceName;

    fn from_str(text: &str) -> Result<Self, InvalidResourceName> {
        let (kind, name) = text.split_once('/').ok_or(InvalidResourceName)?;
        Self::new(kind, name)
    }
}

impl Serialize for ResourceName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ResourceName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    pub name: ResourceName,
    pub description: Description,
    /// Sorted words.
    pub actions: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Resource {
    pub fn offers(&self, action: &str) -> bool {
        self.actions.iter().any(|offered| offered == action)
    }
}
