//! The entity tag of an object: a digest of its view, except fields that change with use.

use serde::Serialize;
use serde_json::Value;

use crate::crypto::sha256;
use claviger_domain::EntityTag;

const CHANGED_BY_USE: [&str; 2] = ["last_used_at", "last_pull"];

pub fn entity_tag(view: &impl Serialize) -> EntityTag {
    // Views are plain records of strings and numbers, which always serialize.
    let mut value = serde_json::to_value(view).unwrap_or(Value::Null);
    if let Value::Object(members) = &mut value {
        for name in CHANGED_BY_USE {
            members.remove(name);
        }
    }
    let digest = sha256(value.to_string().as_bytes()).0;
    EntityTag::new(&digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>())
}
