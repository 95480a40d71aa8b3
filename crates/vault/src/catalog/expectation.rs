//! What a response must look like.

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    pub at: Place,
    pub op: Op,
    pub value: Option<Value>,
}

/// `status`, `header:<name>`, or a JSON pointer (RFC 6901), of which the empty one is the whole body.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub enum Place {
    Status,
    Header(String),
    Pointer(String),
}

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match (text.as_str(), text.strip_prefix("header:")) {
            ("status", _) => Ok(Self::Status),
            (_, Some(name)) if !name.is_empty() => Ok(Self::Header(name.to_owned())),
            ("", _) => Ok(Self::Pointer(text)),
            _ if text.starts_with('/') => Ok(Self::Pointer(text)),
            _ => Err(format!("{text:?} must be status, header:<name> or a JSON pointer")),
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    Eq,
    Ne,
    In,
    Exists,
    NonNull,
    Null,
    Truthy,
    NonEmpty,
    IsArray,
    IsObject,
}

impl Op {
    pub fn takes_value(self) -> bool {
        matches!(self, Self::Eq | Self::Ne | Self::In)
    }
}

impl Expectation {
    pub fn points_into_body(&self) -> bool {
        matches!(self.at, Place::Pointer(_))
    }

    /// What is not there fits only `ne` and `null`.
    pub fn holds(&self, found: Option<&Value>) -> bool {
        let Some(found) = found else {
            return matches!(self.op, Op::Ne | Op::Null);
        };
        match self.op {
            Op::Eq => self.value.as_ref() == Some(found),
            Op::Ne => self.value.as_ref() != Some(found),
            Op::In => self.value.as_ref().and_then(Value::as_array).is_some_and(|all| all.contains(found)),
            Op::Exists => true,
            Op::NonNull => !found.is_null(),
            Op::Null => found.is_null(),
            Op::Truthy => match found {
                Value::Null => false,
                Value::Bool(truth) => *truth,
                Value::Number(number) => number.as_f64() != Some(0.0),
                _ => !is_empty(found),
            },
            Op::NonEmpty => !found.is_null() && !is_empty(found),
            Op::IsArray => found.is_array(),
            Op::IsObject => found.is_object(),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_operation_fits_what_it_says() {
        let expectation = |op: Op, value: Value| Expectation { at: Place::Status, op, value: Some(value) };
        let there = |value: Value| Some(value);
        for (op, value, found, holds) in [
            (Op::Eq, json!(1), there(json!(1)), true),
            (Op::Eq, json!(1), there(json!("1")), false),
            (Op::Eq, json!(1), None, false),
            (Op::Ne, json!(1), there(json!(2)), true),
            (Op::Ne, json!(1), there(json!(1)), false),
            (Op::Ne, json!(1), None, true),
            (Op::In, json!([1, 2]), there(json!(2)), true),
            (Op::In, json!([1, 2]), there(json!(3)), false),
            (Op::In, json!([1, 2]), None, false),
            (Op::Exists, json!(null), there(json!(null)), true),
            (Op::Exists, json!(null), None, false),
            (Op::NonNull, json!(null), there(json!(false)), true),
            (Op::NonNull, json!(null), there(json!(null)), false),
            (Op::NonNull, json!(null), None, false),
            (Op::Null, json!(null), there(json!(null)), true),
            (Op::Null, json!(null), there(json!(0)), false),
            (Op::Null, json!(null), None, true),
            (Op::Truthy, json!(null), there(json!(0)), false),
            (Op::Truthy, json!(null), there(json!("a")), true),
            (Op::Truthy, json!(null), None, false),
            (Op::NonEmpty, json!(null), there(json!([])), false),
            (Op::NonEmpty, json!(null), there(json!([0])), true),
            (Op::NonEmpty, json!(null), there(json!(null)), false),
            (Op::NonEmpty, json!(null), None, false),
            (Op::IsArray, json!(null), there(json!([])), true),
            (Op::IsArray, json!(null), there(json!({})), false),
            (Op::IsObject, json!(null), there(json!({})), true),
            (Op::IsObject, json!(null), None, false),
        ] {
            assert_eq!(
                expectation(op, value.clone()).holds(found.as_ref()),
                holds,
                "{op:?} {value} {found:?}"
            );
        }
    }
}
