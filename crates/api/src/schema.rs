//! JSON schemas (2020-12) of bodies, and their building blocks.

use serde_json::{Map, Value, json};

/// A type that has a JSON schema.
pub trait Schema {
    /// The name of a schema that the OpenAPI document defines once. `None`: it is written where it is used.
    const NAME: Option<&'static str> = None;

    fn schema() -> Value;

    /// The schema as part of another one.
    fn reference() -> Value {
        match Self::NAME {
            Some(name) => json!({"$ref": format!("#/components/schemas/{name}")}),
            None => Self::schema(),
        }
    }
}

/// JSON Schema for a member `name` of type `T`, with the documentation of the field.
pub fn member<T: Schema>(documentation: &[&str]) -> Value {
    let text: Vec<&str> = documentation.iter().map(|line| line.trim()).collect();
    if text.is_empty() { T::reference() } else { described(T::reference(), &text.join(" ")) }
}

/// The schema of a member with its description. Text between backquotes after "For example" is also its example.
pub fn described(mut schema: Value, text: &str) -> Value {
    if let Some(members) = schema.as_object_mut() {
        members.insert("description".to_owned(), json!(text));
        let example = text.split_once("For example `").and_then(|(_, rest)| rest.split('`').next());
        if let Some(example) = example {
            let of_list = members.get("type") == Some(&json!("array"));
            members
                .insert("examples".to_owned(), if of_list { json!([[example]]) } else { json!([example]) });
        }
    }
    schema
}

/// `required` must be present; only `members` are allowed.
pub fn object(members: Vec<(&'static str, Value)>, required: &[&'static str]) -> Value {
    let properties: Map<String, Value> =
        members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

/// The same object with more members, all of them required.
pub fn with(mut object: Value, more: Vec<(&'static str, Value)>) -> Value {
    for (name, schema) in more {
        if let Some(properties) = object["properties"].as_object_mut() {
            properties.insert(name.to_owned(), schema);
        }
        if let Some(required) = object["required"].as_array_mut() {
            required.push(json!(name));
        }
    }
    object
}

pub fn between(least: i64, most: i64) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most, "examples": [least]})
}

pub fn one_of(values: &[&str]) -> Value {
    json!({"type": "string", "enum": values})
}

/// The JSON name of a field: without the `r#` of a reserved word.
pub const fn json_name(field: &'static str) -> &'static str {
    match field.as_bytes() {
        [b'r', b'#', ..] => field.split_at(2).1,
        _ => field,
    }
}
