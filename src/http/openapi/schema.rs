//! Building blocks of schemas (JSON Schema 2020-12), and the objects that several operations share.

use serde_json::{Map, Value, json};

pub fn text() -> Value {
    json!({"type": "string"})
}

pub fn uuid() -> Value {
    json!({"type": "string", "format": "uuid"})
}

/// RFC 3339, UTC, whole seconds.
pub fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

pub fn flag() -> Value {
    json!({"type": "boolean"})
}

pub fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

pub fn between(least: i64, most: i64) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most})
}

/// Any script, no control or invisible character, no space at either end.
pub fn name() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 64})
}

pub fn description() -> Value {
    json!({"type": "string", "maxLength": 1000})
}

pub fn scope() -> Value {
    json!({"type": "string", "minLength": 1, "examples": ["source:read-update"]})
}

pub fn one_of(values: &[&str]) -> Value {
    json!({"type": "string", "enum": values})
}

pub fn list(item: Value) -> Value {
    json!({"type": "array", "items": item})
}

pub fn nullable(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
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

/// An edit has at least one member.
pub fn edit(members: &[(&str, Value)]) -> Value {
    partly(members, &[])
}

/// The same object with more members.
pub fn with(object: &Value, more: &[(&str, Value)]) -> Value {
    let mut object = object.clone();
    for (name, schema) in more {
        if let Some(properties) = object["properties"].as_object_mut() {
            properties.insert((*name).to_owned(), schema.clone());
        }
        if let Some(required) = object["required"].as_array_mut() {
            required.push(json!(name));
        }
    }
    object
}

/// The response to an edit: the object, and the receipt of the revocation that it caused.
pub fn edited(object: &Value) -> Value {
    with(object, &[("receipt", nullable(named("Receipt")))])
}

pub fn grant() -> Value {
    object(&[
        ("resource", json!({"type": "string", "examples": ["studio/studio-1"]})),
        ("actions", list(text())),
    ])
}

pub fn actor() -> Value {
    let kind = one_of(&["member", "client", "operator", "server"]);
    object(&[("kind", kind), ("id", nullable(uuid())), ("name", text())])
}

pub fn receipt() -> Value {
    let confirmation = object(&[("nodes", list(text())), ("verifiers", list(json!({"type": "object"})))]);
    let audience = object(&[
        ("audience", text()),
        ("tier", one_of(&["T0", "T2", "T3"])),
        ("last_heard_at", nullable(time())),
    ]);
    let complete = json!({
        "type": "boolean",
        "description": "Whether `audiences` has every container registry for which clients of the realm got a \
            token within 90 days. False if there were more than 100, or if the database could not be queried recently.",
    });
    object(&[
        ("position", count()),
        ("waited_for", one_of(&["nodes"])),
        ("outcome", one_of(&["confirmed", "waited_out"])),
        ("took_ms", count()),
        ("durability", one_of(&["single", "synchronous"])),
        ("confirmed", confirmation.clone()),
        ("unconfirmed", confirmation),
        ("audiences", list(audience)),
        ("audiences_complete", complete),
    ])
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
