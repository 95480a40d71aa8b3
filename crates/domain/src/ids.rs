//! Ids that have a kind, so that no id is taken for one of another kind.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A UUID of one kind of object. It is stored, served and compared as the UUID alone.
///
/// The file of each kind names its id, such as `MemberId`. An id of another kind does not compile:
///
/// ```compile_fail,E0308
/// use claviger_domain::{MemberId, ServiceCredentialId};
///
/// fn revoke(credential: ServiceCredentialId) {}
///
/// let member = MemberId::from_u128(7);
/// revoke(member);
/// ```
///
/// Nor does a conversion that no kind declares:
///
/// ```compile_fail,E0277
/// use claviger_domain::{ClientId, MemberId};
///
/// let client: ClientId = MemberId::from_u128(7).widen();
/// ```
///
/// A service credential is a client, so this is one:
///
/// ```
/// use claviger_domain::{ClientId, ServiceCredentialId};
///
/// let client: ClientId = ServiceCredentialId::from_u128(7).widen();
/// assert_eq!(client.for_lookup(), ServiceCredentialId::from_u128(7));
/// ```
pub struct Id<Kind>(Uuid, PhantomData<fn() -> Kind>);

/// Each object of this kind is also a `Wide`, with the same id.
pub trait Is<Wide> {}

impl<Kind> Id<Kind> {
    /// For ids of outside formats, which have no kind, and for new ones.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    pub const fn from_u128(number: u128) -> Self {
        Self::from_uuid(Uuid::from_u128(number))
    }

    /// For outside formats.
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }

    pub const fn as_u128(self) -> u128 {
        self.0.as_u128()
    }

    /// The same object as one of a wider kind: a service credential as a client.
    pub const fn widen<Wide>(self) -> Id<Wide>
    where
        Kind: Is<Wide>,
    {
        Id::from_uuid(self.0)
    }

    /// The id that the object has if it is of this narrower kind. Whether it is, only a lookup tells.
    pub const fn for_lookup<Narrow: Is<Kind>>(self) -> Id<Narrow> {
        Id::from_uuid(self.0)
    }
}

// Written by hand: a derived impl would require the same of `Kind`.

impl<Kind> Copy for Id<Kind> {}

impl<Kind> Clone for Id<Kind> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Kind> PartialEq for Id<Kind> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<Kind> Eq for Id<Kind> {}

impl<Kind> PartialOrd for Id<Kind> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<Kind> Ord for Id<Kind> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<Kind> Hash for Id<Kind> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<Kind> fmt::Debug for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<Kind> fmt::Display for Id<Kind> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<Kind> FromStr for Id<Kind> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self::from_uuid)
    }
}

impl<Kind> Serialize for Id<Kind> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, Kind> Deserialize<'de> for Id<Kind> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without any trait.
    struct Kind;

    const TEXT: &str = "0198a1c0-0000-7000-8000-00000000000a";

    /// Rows, tokens and answers keep it.
    #[test]
    fn id_is_written_and_read_as_its_uuid() {
        let uuid: Uuid = TEXT.parse().expect("a UUID");
        let id: Id<Kind> = TEXT.parse().expect("an id");
        assert_eq!((id.as_uuid(), id.as_u128()), (uuid, uuid.as_u128()));
        assert_eq!((id.to_string(), format!("{id:?}")), (uuid.to_string(), format!("{uuid:?}")));
        assert_eq!(serde_json::to_string(&id).expect("JSON"), format!("\"{TEXT}\""));
        assert_eq!(serde_json::from_str::<Id<Kind>>(&format!("\"{TEXT}\"")).expect("an id"), id);
    }

    #[test]
    fn text_that_is_no_uuid_is_refused_in_the_same_words() {
        for text in ["", "ada", "0198a1c0-0000-7000-8000-00000000000"] {
            let refused = text.parse::<Id<Kind>>().expect_err(text).to_string();
            assert_eq!(refused, text.parse::<Uuid>().expect_err(text).to_string());
        }
    }

    #[test]
    fn ids_are_ordered_as_their_uuids() {
        let id = Id::<Kind>::from_u128;
        assert!(id(1) < id(2) && id(2) < id(1 << 64));
        assert_eq!(size_of::<Id<Kind>>(), size_of::<Uuid>());
    }
}
