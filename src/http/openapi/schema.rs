//! Building blocks of the schemas of requests and answers outside the administration API (JSON Schema 2020-12).

use serde_json::{Map, Value, json};

pub use claviger_api::schema::{between, one_of};

pub fn text() -> Value {
    json!({"type": "string"})
}

/// RFC 3339, UTC, whole seconds.
pub fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

pub fn list(item: Value) -> Value {
    json!({"type": "array", "items": item})
}

/// One of the document's named schemas.
pub fn named(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// All members are required, and no others are allowed.
pub fn object(members: &[(&str, Value)]) -> Value {
    partly(members, &members.iter().map(|(name, _)| *name).collect::<Vec<_>>())
}

/// `required` must be present; only `members` are allowed.
pub fn partly(members: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        members.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// RFC 9457.
pub fn problem() -> Value {
    let fault = object(&[("field", text()), ("detail", text())]);
    partly(
        &[
            ("type", json!({"type": "string", "examples": ["/problems/immutable-field"]})),
            ("title", text()),
            ("status", between(400, 599)),
            ("detail", text()),
            ("instance", text()),
            ("errors", list(fault)),
            ("id", text()),
        ],
        &["type", "title", "status", "detail"],
    )
}

/// RFC 6749 §5.2.
pub fn oauth_error() -> Value {
    // Clients of container registries display `details`.
    partly(&[("error", text()), ("error_description", text()), ("details", text())], &["error"])
}
