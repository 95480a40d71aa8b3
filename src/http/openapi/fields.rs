//! Human-readable form of a JSON schema: a table of members and an example body.

use serde_json::{Map, Value};

use crate::http::openapi::html::Escaped;

/// Maximum depth of displayed members; this API's schemas are flatter.
const MAX_DEPTH: usize = 4;

/// Table rows; empty if the schema has no members.
pub fn rows(schema: &Value) -> String {
    let mut rows = String::new();
    push_rows(&mut rows, "", schema, 0);
    rows
}

fn push_rows(rows: &mut String, prefix: &str, schema: &Value, depth: usize) {
    let Some(members) = schema["properties"].as_object().filter(|_| depth < MAX_DEPTH) else { return };
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in members {
        let path = format!("{prefix}{name}");
        let presence = if required.contains(&name.as_str()) { "required" } else { "" };
        let description = member["description"].as_str().unwrap_or_default();
        rows.push_str(&format!(
            "<tr><td><code>{}</code></td><td>{}</td><td>{presence}</td><td>{}</td></tr>",
            Escaped(&path),
            kind(member),
            Escaped(description)
        ));
        push_rows(rows, &format!("{path}."), member, depth + 1);
        push_rows(rows, &format!("{path}[]."), &member["items"], depth + 1);
    }
}

/// The type with its bounds; a named schema is a link.
pub fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next()) {
        return format!("<a href=\"#schema-{0}\">{0}</a>", Escaped(name));
    }
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if let Some(values) = schema["enum"].as_array() {
        return values
            .iter()
            .map(|value| format!("<code>{}</code>", Escaped(value.as_str().unwrap_or(&value.to_string()))))
            .collect::<Vec<_>>()
            .join(" · ");
    }
    let of = match &schema["type"] {
        Value::String(one) if one == "array" => format!("array of {}", kind(&schema["items"])),
        Value::String(one) => one.clone(),
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    };
    let bounds = [
        ("format", ""),
        ("minLength", "length ≥ "),
        ("maxLength", "length ≤ "),
        ("minimum", "≥ "),
        ("maximum", "≤ "),
        ("multipleOf", "in steps of "),
        ("pattern", "matches "),
    ];
    let bounds = bounds.iter().filter_map(|(name, words)| {
        let bound = &schema[*name];
        let text =
            bound.as_str().map(str::to_owned).or_else(|| bound.is_number().then(|| bound.to_string()))?;
        Some(format!("{words}{}", Escaped(&text)))
    });
    let bounds: Vec<String> = bounds.collect();
    if bounds.is_empty() { of } else { format!("{of}, {}", bounds.join(", ")) }
}

/// An example body with all required and optional members.
pub fn example(schema: &Value) -> Value {
    if let Some(one) = schema["examples"].as_array().and_then(|examples| examples.first()) {
        return one.clone();
    }
    if let Some(one) = schema["enum"].as_array().and_then(|values| values.first()) {
        return one.clone();
    }
    if let Some(one) = schema["anyOf"].as_array().and_then(|choices| choices.first()) {
        return example(one);
    }
    match schema["type"].as_str() {
        Some("object") => {
            let members = schema["properties"].as_object().into_iter().flatten();
            Value::Object(
                members.map(|(name, member)| (name.clone(), example(member))).collect::<Map<_, _>>(),
            )
        }
        Some("array") => Value::Array(Vec::new()),
        Some("integer" | "number") => schema["minimum"].as_i64().unwrap_or_default().into(),
        Some("boolean") => false.into(),
        Some("string") => "".into(),
        _ => Value::Null,
    }
}
