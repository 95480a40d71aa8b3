//! The flags that make the body of a source credential.

use std::collections::BTreeMap;
use std::str::FromStr;

use clap::{ArgAction, Args};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::terminal::output::Output;
use crate::terminal::secret_input::SecretSource;
use crate::values::moment::Moment;

#[derive(Debug, Args, Serialize)]
pub struct NewSourceCredential {
    /// A name that no source credential of the realm has
    name: String,

    /// The fixed name in scopes, vault/SLUG:use [default: made from the name]
    #[arg(long, value_name = "SLUG")]
    #[serde(skip_serializing_if = "Option::is_none")]
    slug: Option<String>,

    /// What it is a credential of, such as github; `claviger source-type list` lists them
    #[arg(long = "type", value_name = "ID")]
    source_type: String,

    /// The way to authenticate [default: the first of the source type]
    #[arg(long, value_name = "ID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_mode: Option<String>,

    #[command(flatten)]
    #[serde(flatten)]
    parts: SourceCredentialParts,

    /// Ask the provider, and store nothing
    #[arg(long)]
    #[serde(skip)]
    dry_run: bool,
}

/// An edit needs at least one of them. Flattened flags do not join a group by themselves.
const EDIT: [&str; 7] = ["name", "fields", "secrets", "profile", "answers", "expires_at", "validate"];

/// A member that is missing remains unchanged.
#[derive(Debug, Args, Serialize)]
#[group(required = true, multiple = true, args = EDIT)]
pub struct SourceCredentialEdit {
    /// A name that no other source credential of the realm has
    #[arg(long)]
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,

    #[command(flatten)]
    #[serde(flatten)]
    parts: SourceCredentialParts,
}

#[derive(Debug, Args, Serialize)]
struct SourceCredentialParts {
    /// A field that is not secret; may be repeated
    #[arg(long = "field", value_name = "NAME=VALUE")]
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_object")]
    fields: Vec<FieldFlag>,

    /// A secret field, read from a file; - is standard input; may be repeated
    #[arg(long = "secret", value_name = "NAME=FILE")]
    #[serde(skip)]
    secrets: Vec<SecretFlag>,

    /// The permissions that it must have [default: those of the source type]
    #[arg(long = "permission-profile", value_name = "ID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,

    /// An answer to a question of the source type; may be repeated
    #[arg(long = "answer", value_name = "QUESTION=ANSWER")]
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "as_lists")]
    answers: Vec<FieldFlag>,

    /// When it ends, where the provider does not tell: a day or a time
    #[arg(long, value_name = "TIME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Moment>,

    /// Ask the provider first; false stores it unverified [default: true]
    #[arg(long, value_name = "BOOL", action = ArgAction::Set)]
    #[serde(skip_serializing_if = "Option::is_none")]
    validate: Option<bool>,
}

/// `NAME=VALUE`. `true`, `false` and whole numbers are sent as such, if the name ends with `:`: `port:=8443`.
#[derive(Clone, Debug)]
struct FieldFlag {
    name: String,
    value: Value,
}

impl FromStr for FieldFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = pair(text)?;
        let typed =
            || serde_json::from_str(value).map_err(|error| format!("\"{value}\" is not JSON: {error}"));
        Ok(match name.strip_suffix(':') {
            Some(name) => Self { name: name.to_owned(), value: typed()? },
            None => Self { name: name.to_owned(), value: Value::from(value) },
        })
    }
}

#[derive(Clone, Debug)]
struct SecretFlag {
    name: String,
    source: SecretSource,
}

impl FromStr for SecretFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, source) = pair(text)?;
        let source = source.parse().unwrap_or_else(|never| match never {});
        Ok(Self { name: name.to_owned(), source })
    }
}

fn pair(text: &str) -> Result<(&str, &str), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    pair.ok_or_else(|| format!("\"{text}\" is not NAME=VALUE"))
}

fn as_object<S: Serializer>(fields: &[FieldFlag], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(fields.iter().map(|field| (&field.name, &field.value)))
}

fn as_lists<S: Serializer>(answers: &[FieldFlag], serializer: S) -> Result<S::Ok, S::Error> {
    let mut lists: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for answer in answers {
        lists.entry(&answer.name).or_default().push(&answer.value);
    }
    serializer.collect_map(lists)
}

impl NewSourceCredential {
    pub fn is_dry(&self) -> bool {
        self.dry_run
    }

    pub fn body(self, output: &mut Output) -> Result<Map<String, Value>, Failure> {
        let mut body = object(&self)?;
        // The API requires the member, even if the source type needs no field.
        body.entry("fields").or_insert_with(|| Value::Object(Map::new()));
        self.parts.with_secrets(body, output)
    }
}

impl SourceCredentialEdit {
    pub fn body(self, output: &mut Output) -> Result<Map<String, Value>, Failure> {
        let body = object(&self)?;
        self.parts.with_secrets(body, output)
    }
}

impl SourceCredentialParts {
    fn with_secrets(
        self,
        mut body: Map<String, Value>,
        output: &mut Output,
    ) -> Result<Map<String, Value>, Failure> {
        for secret in self.secrets {
            let text = secret.source.read_document(&secret.name, output)?;
            let fields = body.entry("fields").or_insert_with(|| Value::Object(Map::new()));
            if let Some(fields) = fields.as_object_mut() {
                fields.insert(secret.name, Value::from(text.trim()));
            }
        }
        Ok(body)
    }
}

fn object(flags: &impl Serialize) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(flags) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Failure::usage("the flags do not form a body")),
    }
}
