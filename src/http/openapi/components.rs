//! Gives every object of the document a name, so that generated clients have one class for each.

use serde_json::{Map, Value};

use crate::http::openapi::schema::named;

/// The named schemas of the document.
#[derive(Default)]
pub struct Components(Map<String, Value>);

/// Whether members that the document does not describe are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Members {
    /// Of an answer: later versions may add members.
    Open,
    /// Of a request: others are refused.
    Closed,
}

impl Components {
    /// Adds an object under this name, and those within it under names that begin with it.
    pub fn add(&mut self, name: &str, schema: Value, members: Members) {
        let schema = self.without_inner(name, schema, members);
        self.0.insert(name.to_owned(), schema);
    }

    /// A schema as part of the document: a reference, if it is an object with members. `name` is for it, or for the
    /// objects within.
    pub fn reference(&mut self, name: &str, schema: Value, members: Members) -> Value {
        if schema["properties"].is_object() {
            let description = schema.get("description").cloned();
            let mut schema = schema;
            if let Some(members) = schema.as_object_mut() {
                members.remove("description");
            }
            self.add(name, schema, members);
            let mut reference = named(name);
            if let Some(description) = description {
                reference["description"] = description;
            }
            return reference;
        }
        self.without_inner(name, schema, members)
    }

    pub fn into_schemas(self) -> Value {
        Value::Object(self.0)
    }

    fn without_inner(&mut self, name: &str, mut schema: Value, members: Members) -> Value {
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            for (member, property) in properties {
                let inner = format!("{name}{}", capitalized(member));
                *property = self.reference(&inner, property.take(), members);
            }
            if let Some(object) = schema.as_object_mut().filter(|_| members == Members::Open) {
                object.remove("additionalProperties");
            }
        }
        if let Some(item) = schema.get_mut("items") {
            let one = name.strip_suffix('s').filter(|one| !one.ends_with('s')).unwrap_or(name);
            *item = self.reference(one, item.take(), members);
        }
        for choice in schema.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten() {
            *choice = self.reference(name, choice.take(), members);
        }
        schema
    }
}

/// `effective_scopes` is `EffectiveScopes`.
pub fn capitalized(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        first.to_uppercase() + rest
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_object_with_members_gets_a_name() {
        let origin = json!({"type": "object", "properties": {"kind": {"type": "string"}}, "additionalProperties": false});
        let scope = json!({
            "type": "object",
            "properties": {
                "from": {"type": "array", "items": origin.clone(), "description": "Sources."},
                "one": {"anyOf": [origin.clone(), {"type": "null"}]},
                "plain": {"type": "object"},
            },
            "additionalProperties": false,
        });
        for (members, is_closed) in [(Members::Open, false), (Members::Closed, true)] {
            let mut components = Components::default();
            assert_eq!(components.reference("Scope", scope.clone(), members), named("Scope"));
            let schemas = components.into_schemas();
            let names: Vec<&String> = schemas.as_object().expect("an object").keys().collect();
            assert_eq!(names, ["Scope", "ScopeFrom", "ScopeOne"]);
            let properties = &schemas["Scope"]["properties"];
            assert_eq!(
                properties["from"],
                json!({"type": "array", "items": named("ScopeFrom"), "description": "Sources."})
            );
            assert_eq!(properties["one"], json!({"anyOf": [named("ScopeOne"), {"type": "null"}]}));
            assert_eq!(schemas["ScopeFrom"].get("additionalProperties").is_some(), is_closed);
        }
    }
}
