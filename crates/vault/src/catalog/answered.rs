//! A provider's response, as expectations and pointers look at it.

use std::cell::OnceCell;

use serde_json::Value;

use crate::catalog::expectation::Place;
use crate::outbound::Response;

/// The body is parsed the first time that something points into it.
pub struct Answered {
    pub response: Response,
    json: OnceCell<Option<Value>>,
}

impl Answered {
    pub fn new(response: Response) -> Self {
        Self { response, json: OnceCell::new() }
    }

    pub fn status(&self) -> u16 {
        self.response.status
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status())
    }

    /// `None` if the body is not JSON in UTF-8.
    pub fn json(&self) -> Option<&Value> {
        self.json.get_or_init(|| serde_json::from_slice(&self.response.body).ok()).as_ref()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    pub fn pointer(&self, pointer: &str) -> Option<&Value> {
        self.json()?.pointer(pointer)
    }

    pub fn at(&self, place: &Place) -> Option<Value> {
        match place {
            Place::Status => Some(Value::from(self.status())),
            Place::Header(name) => self.header(name).map(Value::from),
            Place::Pointer(pointer) => self.pointer(pointer).cloned(),
        }
    }
}

/// Texts and numbers; other values have no text.
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
