//! The fields of a source credential, as its type asks for them.

use std::collections::BTreeMap;
use std::fmt;

use claviger_contract::RealmLabel;
use claviger_domain::CatalogId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::schema::Schema;
use crate::value::RequestValue;

/// Values by the name of the field. Some are secret, so `Debug` shows names alone.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldValues(Map<String, Value>);

impl FieldValues {
    pub fn expose(&self) -> &Map<String, Value> {
        &self.0
    }

    pub fn insert(&mut self, name: impl Into<String>, value: Value) {
        self.0.insert(name.into(), value);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Map<String, Value>> for FieldValues {
    fn from(values: Map<String, Value>) -> Self {
        Self(values)
    }
}

impl fmt::Debug for FieldValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Schema for FieldValues {
    fn schema() -> Value {
        json!({
            "type": "object",
            "additionalProperties": {"type": ["string", "integer", "boolean", "array"], "items": {"type": "string"}},
            "examples": [{"token": "…"}],
        })
    }
}

impl RequestValue for FieldValues {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        let values = value.as_object().ok_or("must be an object: the value of each field by its name")?;
        Ok(Self(values.clone()))
    }
}

/// Chosen or typed answers by the id of the question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(pub BTreeMap<CatalogId, Vec<String>>);

impl Schema for Answers {
    fn schema() -> Value {
        json!({
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "examples": [{"organizations": ["acme"]}],
        })
    }
}

impl RequestValue for Answers {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        serde_json::from_value(value.clone())
            .map_err(|_| "must be an object: a list of strings by the id of the question".to_owned())
    }
}

impl Schema for CatalogId {
    fn schema() -> Value {
        json!({"type": "string", "minLength": 1, "maxLength": 64, "examples": ["github"]})
    }
}

impl Schema for claviger_domain::Slug {
    fn schema() -> Value {
        json!({"type": "string", "minLength": 1, "maxLength": 128, "examples": ["github-main"]})
    }
}
