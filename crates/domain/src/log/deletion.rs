//! A key as it is stored where something was deleted: with the kind of the row.

use serde::ser::SerializeMap as _;
use serde::{Deserialize as _, Deserializer, Serializer};

use crate::log::change::{Deletion, Key};

pub fn serialize<S: Serializer>(key: &Key, serializer: S) -> Result<S::Ok, S::Error> {
    let mut row = serializer.serialize_map(None)?;
    row.serialize_entry("kind", key.kind())?;
    key.serialize_member(&mut row)?;
    row.end()
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
    Deletion::deserialize(deserializer).map(Key::from)
}
