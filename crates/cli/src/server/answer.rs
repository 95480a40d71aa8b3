//! A successful answer of the API.

use serde::de::DeserializeOwned;

use crate::failure::{Exit, Failure};

/// The bytes of a successful response.
#[derive(Debug)]
pub struct Answer {
    body: String,
    is_dry_run: bool,
}

impl Answer {
    pub fn new(body: String) -> Self {
        Self { body, is_dry_run: false }
    }

    /// Says whom a change would affect, instead of what it did.
    pub fn of_dry_run(self) -> Self {
        Self { is_dry_run: true, ..self }
    }

    pub fn is_dry_run(&self) -> bool {
        self.is_dry_run
    }

    pub fn as_str(&self) -> &str {
        &self.body
    }

    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        decode(&self.body)
    }
}

/// For a part of an answer too.
pub fn decode<T: DeserializeOwned>(json: &str) -> Result<T, Failure> {
    serde_json::from_str(json).map_err(|error| {
        let message = format!("the response is not from a Claviger server of this version: {error}");
        Failure::new(Exit::Failure, message)
    })
}
