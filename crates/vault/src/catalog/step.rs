//! Requests that validate a credential, and probes that test one permission.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::expectation::{Expectation, Place};
use crate::catalog::request::RequestTemplate;

/// What a validation found out.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Ok,
    InvalidCredential,
    /// The provider knows the credential, and it lacks something.
    InsufficientPermission,
    WrongUrl,
    Expired,
    RateLimited,
    /// Says nothing about the credential.
    Unreachable,
    /// Says nothing about the credential.
    ProviderError,
    Unknown,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub id: Option<String>,
    pub when_field: Option<String>,
    pub unless_field: Option<String>,
    #[serde(default)]
    pub fallback_only: bool,
    pub request: RequestTemplate,
    #[serde(default)]
    pub expect: Vec<Expectation>,
    pub identity: Option<Place>,
    /// JSON pointers, by the variable that gets the value.
    #[serde(default)]
    pub capture: BTreeMap<String, String>,
    #[serde(default)]
    pub on_status: BTreeMap<String, StatusRule>,
    pub error_type_at: Option<String>,
    #[serde(default)]
    pub error_types: BTreeMap<String, Outcome>,
    #[serde(default)]
    pub say: BTreeMap<Outcome, String>,
}

/// An outcome, or `fallback:<id>`: that step decides instead.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub enum StatusRule {
    Outcome(Outcome),
    Fallback(String),
}

impl TryFrom<String> for StatusRule {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if let Some(id) = text.strip_prefix("fallback:") {
            return Ok(Self::Fallback(id.to_owned()));
        }
        serde_json::from_value(serde_json::Value::from(text.as_str()))
            .map(Self::Outcome)
            .map_err(|_| format!("{text:?} must be an outcome or fallback:<id of a step>"))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    pub id: String,
    /// The question whose answer the request contains.
    pub needs: Option<String>,
    /// Ways to authenticate that it works with; empty for all.
    #[serde(default)]
    pub modes: Vec<String>,
    pub when_field: Option<String>,
    pub unless_field: Option<String>,
    pub request: RequestTemplate,
    pub granted: Vec<u16>,
    #[serde(default)]
    pub denied: Vec<u16>,
    pub error_type_at: Option<String>,
    #[serde(default)]
    pub denied_types: Vec<String>,
    #[serde(default)]
    pub expect: Vec<Expectation>,
    pub note: Option<String>,
}
