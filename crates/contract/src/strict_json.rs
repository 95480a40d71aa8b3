//! Strict JSON: no repeated member, bounded nesting.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Maximum nesting of arrays and objects.
const MAX_DEPTH: usize = 32;

/// A parse error with its location and reason.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: line {line}, column {column}")]
pub struct NotStrict {
    /// A predicate, such as "is not JSON".
    pub what: String,
    pub line: usize,
    pub column: usize,
}

pub fn parse_strict_json(bytes: &[u8]) -> Result<Value, NotStrict> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Level(0).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let what = if error.is_data() { error.to_string() } else { "is not JSON".to_owned() };
        let what = what.split(" at line ").next().unwrap_or_default().to_owned();
        NotStrict { what, line: error.line(), column: error.column() }
    })
}

#[derive(Clone, Copy)]
struct Level(usize);

impl Level {
    fn below<E: Error>(self) -> Result<Self, E> {
        let Self(level) = self;
        if level < MAX_DEPTH {
            Ok(Self(level + 1))
        } else {
            Err(E::custom(format!("nests arrays and objects more than {MAX_DEPTH} deep")))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Level {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let level = self.below()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(level)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let level = self.below()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("has \"{name}\" twice")));
            }
            let value = members.next_value_seed(level)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_json_reads_as_ever() {
        let text = r#"{"a":[1,-2,3.5,"x",true,null,{"b":{}}],"c":""}"#;
        assert_eq!(parse_strict_json(text.as_bytes()), Ok(serde_json::from_str(text).unwrap()));
    }

    #[test]
    fn a_member_twice_is_named_with_its_place_at_every_depth() {
        let twice = |text: &str| parse_strict_json(text.as_bytes()).unwrap_err();
        let flat = twice("{\"a\":1,\n\"a\":2}");
        assert_eq!((flat.what.as_str(), flat.line), ("has \"a\" twice", 2));
        assert_eq!(twice(r#"[{"a":{"b":1,"b":1}}]"#).what, "has \"b\" twice");
    }

    #[test]
    fn depth_ends_at_32() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse_strict_json(nested(32).as_bytes()).is_ok());
        for depth in [33, 100_000] {
            assert!(parse_strict_json(nested(depth).as_bytes()).unwrap_err().what.contains("32 deep"));
        }
    }

    #[test]
    fn what_is_no_json_or_more_than_one_says_where() {
        for (text, place) in [("{", "line 1, column 1"), ("{}\n{}", "line 2, column 1"), ("\u{1}", "line 1")]
        {
            let error = parse_strict_json(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("is not JSON: ") && error.contains(place), "{error}");
        }
    }
}
