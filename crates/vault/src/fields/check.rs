//! Checks submitted fields; all faults are found at once.

use std::fmt;

use ring::rand::SecureRandom;
use serde::Serialize;
use serde_json::{Map, Value};
use url::Url;
use zeroize::Zeroizing;

use crate::catalog::{Auth, AuthMode, Field, FieldKind, SourceType};
use crate::fields::url_field::{UrlUse, normalized_url};
use crate::fields::values::{FieldValue, Fields};
use crate::signing::{KeyFault, SigningKey};

const MAX_LINE_BYTES: usize = 4096;
const MAX_LINES_BYTES: usize = 16 * 1024;
const MAX_LIST_ITEMS: usize = 200;
/// Of RFC 9110: what frames a message, or decides where it goes.
const RESERVED_HEADERS: [&str; 10] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What is wrong with one field. Contains no value of a secret field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldFault {
    pub field: String,
    pub reason: String,
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)
    }
}

/// Checks and normalizes what was submitted for one way to authenticate. Values that are missing get their default.
pub fn check_fields(
    source_type: &SourceType,
    mode: &AuthMode,
    submitted: &Map<String, Value>,
    random: &dyn SecureRandom,
) -> Result<Fields, Vec<FieldFault>> {
    let mut fields = Fields::default();
    let mut faults = Vec::new();
    for name in submitted.keys() {
        if !source_type.fields_of(mode).any(|field| &field.name == name) {
            let known: Vec<&str> = source_type.fields_of(mode).map(|field| field.name.as_str()).collect();
            let reason = format!("is not a field of this source type; its fields are {}", known.join(", "));
            faults.push(FieldFault { field: name.clone(), reason });
        }
    }
    for field in source_type.fields_of(mode) {
        let default = field.default.as_ref().map(|text| Value::from(text.as_str()));
        let given = submitted.get(&field.name).filter(|value| !is_blank(value)).cloned().or(default);
        let checked = match given {
            Some(value) => checked_value(source_type, mode, field, &value),
            None if field.required => Err("is required".to_owned()),
            None => continue,
        };
        match checked {
            Ok(value) => fields.insert(&field.name, value),
            Err(reason) => faults.push(FieldFault { field: field.name.clone(), reason }),
        }
    }
    faults.extend(foreign_origin(source_type, mode, &fields));
    faults.extend(unusable_key(mode, &fields, random));
    if faults.is_empty() { Ok(fields) } else { Err(faults) }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn checked_value(
    source_type: &SourceType,
    mode: &AuthMode,
    field: &Field,
    value: &Value,
) -> Result<FieldValue, String> {
    match (field.kind, value) {
        (FieldKind::Bool, Value::Bool(truth)) => Ok(FieldValue::Bool(*truth)),
        (FieldKind::Bool, _) => Err("must be true or false".to_owned()),
        (FieldKind::Int, _) => whole_number(value).map(FieldValue::Int),
        (FieldKind::List, Value::Array(items)) if items.len() <= MAX_LIST_ITEMS => {
            let items = items.iter().map(|item| match item {
                Value::String(text) => checked_text(field, text),
                _ => Err("must be a list of texts".to_owned()),
            });
            items.collect::<Result<_, _>>().map(FieldValue::List)
        }
        (FieldKind::List, Value::Array(_)) => Err(format!("must have at most {MAX_LIST_ITEMS} items")),
        (FieldKind::List, _) => Err("must be a list of texts".to_owned()),
        (FieldKind::Url, Value::String(text)) => {
            let text = checked_text(field, text)?;
            normalized_url(&text, UrlUse::of(source_type, &field.name)).map(FieldValue::Text)
        }
        (kind, Value::String(text)) if kind.is_secret() => {
            checked_text(field, text).map(|text| FieldValue::Secret(Zeroizing::new(text)))
        }
        (_, Value::String(text)) => {
            let text = checked_text(field, text)?;
            check_header_name(mode, field, &text)?;
            Ok(FieldValue::Text(text))
        }
        _ => Err("must be a text".to_owned()),
    }
}

fn whole_number(value: &Value) -> Result<i64, String> {
    let number = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| "must be a whole number".to_owned())
}

/// Blanks around a value come from copying. A password may have them, so only line breaks are taken from secrets.
fn checked_text(field: &Field, text: &str) -> Result<String, String> {
    let text = if field.is_secret() { text.trim_matches(['\r', '\n']) } else { text.trim() };
    let is_multiline = field.kind == FieldKind::SecretMultiline;
    let most = field.max_len.unwrap_or(if is_multiline { MAX_LINES_BYTES } else { MAX_LINE_BYTES });
    if text.len() > most {
        return Err(format!("must have at most {most} bytes"));
    }
    let is_forbidden = |c: char| c.is_control() && !(is_multiline && matches!(c, '\n' | '\r' | '\t'));
    if text.chars().any(is_forbidden) {
        return Err("must not contain control characters".to_owned());
    }
    if field.kind == FieldKind::Select && !field.options.iter().any(|option| option == text) {
        return Err(format!("must be one of {}", field.options.join(", ")));
    }
    // URL parsers resolve these even when they are encoded.
    if matches!(text, "." | "..") && !field.is_secret() {
        return Err("must not be . or ..".to_owned());
    }
    if let Some(refused) = field.refuse.iter().find(|refused| refused.pattern.matches(text)) {
        return Err(refused.say.clone());
    }
    if field.pattern.as_ref().is_some_and(|pattern| !pattern.matches(text)) {
        return Err(format!("does not have the expected form: {}", field.help));
    }
    Ok(text.to_owned())
}

fn check_header_name(mode: &AuthMode, field: &Field, text: &str) -> Result<(), String> {
    let is_header_name = matches!(&mode.auth, Auth::Header { name, .. }
        if name.variables().any(|variable| variable.name == field.name));
    let is_reserved = RESERVED_HEADERS.contains(&text.to_ascii_lowercase().as_str());
    if is_header_name && is_reserved {
        Err(format!("must not be {text}: HTTP itself uses it"))
    } else {
        Ok(())
    }
}

/// Keys are parsed here already, so that a key that cannot sign is a fault of its field.
fn unusable_key(mode: &AuthMode, fields: &Fields, random: &dyn SecureRandom) -> Option<FieldFault> {
    let (template, must_be_rsa) = match &mode.auth {
        Auth::GithubAppJwt { private_key, .. } => (private_key, true),
        Auth::OauthClientCredentials { private_key: Some(private_key), .. } => (private_key, false),
        _ => return None,
    };
    let name = &template.variables().next()?.name;
    let fault = match SigningKey::parse(fields.text(name)?, random) {
        Ok(key) if must_be_rsa && !key.is_rsa() => KeyFault::NotRsa,
        Ok(_) => return None,
        Err(fault) => fault,
    };
    Some(FieldFault { field: name.clone(), reason: fault.to_string() })
}

/// The credential is sent to all URLs of its form, so they must belong to one server.
fn foreign_origin(source_type: &SourceType, mode: &AuthMode, fields: &Fields) -> Option<FieldFault> {
    let urls = source_type.fields_of(mode).filter(|field| field.kind == FieldKind::Url).filter_map(|field| {
        let url = Url::parse(fields.text(&field.name)?).ok()?;
        Some((&field.name, url.origin()))
    });
    let urls: Vec<_> = urls.collect();
    let (first, origin) = urls.first()?;
    let (other, _) = urls.iter().find(|(_, other)| other != origin)?;
    Some(FieldFault {
        field: (*other).clone(),
        reason: format!("must have the scheme, host and port of {first}"),
    })
}
