//! A successful answer of the API.

use serde::de::DeserializeOwned;

use crate::failure::{Exit, Failure};

/// The bytes of a successful response.
#[derive(Debug)]
pub struct Answer(String);

impl Answer {
    pub fn new(body: String) -> Self {
        Self(body)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        decode(&self.0)
    }
}

/// For a part of an answer too.
pub fn decode<T: DeserializeOwned>(json: &str) -> Result<T, Failure> {
    serde_json::from_str(json).map_err(|error| {
        let message = format!("the response is not from a Claviger server of this version: {error}");
        Failure::new(Exit::Failure, message)
    })
}
