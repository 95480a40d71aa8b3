//! A field of a source type's form, and what its values must match.

use regex_lite::Regex;
use serde::Deserialize;

/// What a form asks for one value of a credential.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub kind: FieldKind,
    pub required: bool,
    pub default: Option<String>,
    /// The values of a select.
    #[serde(default)]
    pub options: Vec<String>,
    pub help: String,
    /// The whole value must match.
    pub(crate) pattern: Option<Pattern>,
    #[serde(default)]
    pub(crate) refuse: Vec<RefusedValue>,
    /// What values usually begin with, alternatives separated by `|`: a hint, never a rule.
    pub prefix: Option<String>,
    /// In bytes.
    pub max_len: Option<usize>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    Text,
    Secret,
    SecretMultiline,
    Url,
    Int,
    Select,
    List,
    Bool,
}

impl Field {
    pub fn is_secret(&self) -> bool {
        self.kind.is_secret()
    }

    /// A regular expression for the whole value, as forms show it.
    pub fn pattern(&self) -> Option<&str> {
        self.pattern.as_ref().map(Pattern::as_str)
    }
}

impl FieldKind {
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretMultiline)
    }
}

/// Values that are refused, with the sentence that says why.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedValue {
    pub pattern: Pattern,
    pub say: String,
}

/// A regular expression that must match a whole value.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(Regex);

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let whole = format!("^(?:{text})$");
        Regex::new(&whole).map(Self).map_err(|error| format!("pattern {text}: {error}"))
    }
}

impl Pattern {
    fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub fn matches(&self, value: &str) -> bool {
        self.0.is_match(value)
    }
}
