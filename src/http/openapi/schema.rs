//! Building blocks of the schemas of requests and answers outside the administration API (JSON Schema 2020-12).

use serde_json::{Map, Value, json};

pub use claviger_api::schema::{between, described, one_of};

pub fn text() -> Value {
    json!({"type": "string"})
}

/// RFC 3339, UTC, whole seconds.
pub fn time() -> Value {
    json!({"type": "string", "format": "date-time", "examples": ["2027-01-31T12:00:00Z"]})
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
    let fault = object(&[
        ("field", described(text(), "The member or parameter. For example `expires_at`.")),
        ("detail", described(text(), "What is wrong with it. For example `must be in the future`.")),
    ]);
    partly(
        &[
            ("type", described(text(), "The kind of problem. For example `/problems/immutable-field`.")),
            ("title", described(text(), "The kind, for people. For example `Immutable field`.")),
            ("status", described(between(400, 599), "The status of the answer.")),
            ("detail", described(text(), "What is wrong. For example `the name is taken`.")),
            ("instance", described(text(), "The path. For example `/api/v1/realms/acme/groups`.")),
            ("errors", described(list(fault), "Every invalid field.")),
            (
                "id",
                described(
                    text(),
                    "What an earlier request with the same Idempotency-Key created. For example `builders`.",
                ),
            ),
        ],
        &["type", "title", "status", "detail"],
    )
}

/// RFC 6749 §5.2.
pub fn oauth_error() -> Value {
    // Clients of container registries display `details`.
    partly(
        &[
            ("error", described(text(), "The kind of error. For example `invalid_client`.")),
            (
                "error_description",
                described(text(), "What is wrong. For example `client authentication failed`."),
            ),
            (
                "details",
                described(
                    text(),
                    "The same, for clients of container registries. For example `client authentication failed`.",
                ),
            ),
        ],
        &["error"],
    )
}
