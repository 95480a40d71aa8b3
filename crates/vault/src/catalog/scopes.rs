//! How a provider shows the scopes and the end of a credential.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::catalog::expectation::Place;

/// For each scope of a set, the scopes that it includes.
pub type Implications = BTreeMap<String, BTreeMap<String, Vec<String>>>;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeRule {
    pub from: ScopeOrigin,
    /// The header.
    pub name: Option<String>,
    /// What separates the scopes in the header.
    pub split: Option<String>,
    /// JSON pointer.
    pub at: Option<String>,
    /// JSON pointer in each member of a flag map.
    pub flag: Option<String>,
    /// JSON pointer in each member of a flag map, to a boolean: whether the member is the older name of another.
    pub alias: Option<String>,
    /// The step whose response is read; the last one that ran by default.
    pub step: Option<String>,
    /// The question in whose chosen items the scopes are read.
    pub discover: Option<String>,
    /// Scopes held, in the body of a refused step.
    pub refused_at: Option<String>,
    /// What a refused step or probe wanted.
    #[serde(default)]
    pub needed_at: Vec<Place>,
    pub implies: Option<String>,
    /// Scopes from which nothing can be told.
    #[serde(default)]
    pub opaque: Vec<String>,
    #[serde(default)]
    pub when_absent: WhenAbsent,
    pub expiry: Option<Expiry>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ScopeOrigin {
    Header,
    Json,
    /// Pairs of name and level.
    JsonMap,
    /// Names with a boolean in each member.
    JsonFlagMap,
    /// The claims of a registry's token.
    JwtAccess,
    /// The answer of the token endpoint.
    TokenAnswer,
    Probes,
    None,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum WhenAbsent {
    #[default]
    Unknown,
    /// No scopes at all.
    None,
    Probes,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case", deny_unknown_fields)]
pub enum Expiry {
    Header { name: String, format: Formats },
    Json { at: String, format: Formats },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Formats {
    One(String),
    Many(Vec<String>),
}

impl Formats {
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(format) => std::slice::from_ref(format),
            Self::Many(formats) => formats,
        }
    }
}
