//! Actions granted on one resource, to a group or a credential.

use std::fmt;
use std::str::FromStr;

use claviger_contract::Position;
use serde::{Deserialize, Serialize};

use crate::records::names::Name;
use crate::records::resource::ResourceName;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceGrant {
    pub resource: ResourceName,
    /// At least one, sorted, each offered by the resource.
    pub actions: Vec<String>,
}

/// The grants of a service credential: its groups' rights, and actions on resources. Many credentials share the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    pub groups: Vec<Name>,
    pub resources: Vec<ResourceGrant>,
}

/// Identifies a list of grants by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantsDigest(pub [u8; 16]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest of grants is 32 hexadecimal digits")]
pub struct InvalidGrantsDigest;

impl fmt::Display for GrantsDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for GrantsDigest {
    type Err = InvalidGrantsDigest;

    fn from_str(text: &str) -> Result<Self, InvalidGrantsDigest> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidGrantsDigest);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| InvalidGrantsDigest)?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// A set of grants that credentials share, identified by the log position of its creation; negative in older tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantSetId(pub i64);

impl GrantSetId {
    /// An act creates at most one set.
    pub fn made_at(position: Position) -> Self {
        Self(position.as_u64().cast_signed())
    }
}

/// The set that a credential holds, and since which position: earlier cuts of the set do not apply to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub set: GrantSetId,
    pub since: Position,
}

impl ResourceGrant {
    /// Sorts, and merges grants on the same resource.
    pub fn normalize(grants: Vec<Self>) -> Vec<Self> {
        let mut merged = std::collections::BTreeMap::<ResourceName, Vec<String>>::new();
        for grant in grants {
            merged.entry(grant.resource).or_default().extend(grant.actions);
        }
        merged
            .into_iter()
            .map(|(resource, mut actions)| {
                actions.sort_unstable();
                actions.dedup();
                Self { resource, actions }
            })
            .collect()
    }
}
