//! Input and outcome of an act on a factory, without HTTP.

use actix_web::dev::Path;
use actix_web::dev::Url;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::factories::Factory;

pub type Act = fn(&mut Factory, &Call) -> Result<Done, Problem>;

pub struct Call<'a> {
    pub factory: &'a str,
    pub path: &'a Path<Url>,
    pub body: &'a [u8],
}

pub enum Done {
    Shown(Value),
    /// `at` is its path.
    Created {
        at: String,
        what: Value,
    },
    Gone,
}

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error("there is nothing here")]
    NotFound,
    #[error("there is one of that name already")]
    Exists,
    #[error("{0}")]
    Malformed(String),
    #[error("the body is larger than 1 MiB")]
    TooLarge,
}

impl Call<'_> {
    /// Empty if the route has no such segment.
    pub fn segment(&self, name: &str) -> &str {
        self.path.get(name).unwrap_or_default()
    }

    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(self.body).map_err(|error| Problem::Malformed(format!("the body: {error}")))
    }
}
