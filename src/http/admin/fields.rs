//! A JSON body, read member by member; every invalid or unknown member is reported.

use std::fmt::Display;
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Payload;
use claviger_contract::{RealmLabel, Scope};
use serde_json::{Map, Value};

use crate::administration::FieldError;
use crate::http::admin::path::{PathParts, scope_of};
use crate::http::admin::problem::Problem;
use crate::http::admin::strict_json;
use crate::http::limits::read_body;
use claviger_domain::{Name, ResourceGrant};

pub struct Fields {
    realm: Option<RealmLabel>,
    members: Map<String, Value>,
    errors: Vec<FieldError>,
    names_immutable: bool,
}

impl Fields {
    pub async fn read(request: &HttpRequest, payload: Payload) -> Result<Self, Problem> {
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Problem::unsupported_media_type());
        }
        let body = read_body(payload).await.map_err(|error| Problem::body(&error))?;
        match strict_json::parse(&body) {
            Ok(Value::Object(members)) => Ok(Self::of(PathParts::of(request).realm(), members)),
            Ok(_) => Err(Problem::malformed("the body must be a JSON object")),
            Err(error) => Err(Problem::malformed(format!("the body {error}"))),
        }
    }

    /// `None` if the request has no body.
    pub async fn read_optional(request: &HttpRequest, payload: Payload) -> Result<Option<Self>, Problem> {
        let has_type = request.headers().contains_key(CONTENT_TYPE);
        let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        if !has_type && length.is_none_or(|length| length == "0") {
            return Ok(None);
        }
        Self::read(request, payload).await.map(Some)
    }

    pub fn of(realm: Option<RealmLabel>, members: Map<String, Value>) -> Self {
        Self { realm, members, errors: Vec::new(), names_immutable: false }
    }

    pub fn required<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        if self.members.contains_key(name) {
            self.optional(name, read)
        } else {
            self.errors.push(FieldError::new(name, "is missing"));
            None
        }
    }

    /// `None` if the member is absent, or invalid and recorded as an error.
    pub fn optional<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        let value = self.members.remove(name)?;
        match read(&value) {
            Ok(value) => Some(value),
            Err(detail) => {
                self.errors.push(FieldError::new(name, detail));
                None
            }
        }
    }

    /// Reads a scope of this realm, with or without the realm as prefix.
    pub fn scope(&self) -> impl Fn(&Value) -> Result<Scope, String> + use<> {
        let realm = self.realm.clone();
        move |value| {
            let text = value.as_str().ok_or("must be a string")?;
            scope_of(realm.as_ref(), text).map_err(|error| error.to_string())
        }
    }

    pub fn scopes(&self) -> impl Fn(&Value) -> Result<Vec<Scope>, String> + use<> {
        let scope = self.scope();
        move |value| items(value)?.iter().map(&scope).collect()
    }

    /// For edits: any other member is immutable or unknown.
    pub fn only_editable(&mut self, names: &[&str]) {
        let others = self.members.keys().filter(|name| !names.contains(&name.as_str()));
        let others: Vec<String> = others.cloned().collect();
        self.names_immutable = !others.is_empty();
        for name in others {
            self.members.remove(&name);
            self.errors.push(FieldError::new(name, "cannot be edited"));
        }
    }

    /// The value, if every member was valid and none is left over.
    pub fn finish<T>(mut self, value: impl FnOnce() -> Option<T>) -> Result<T, Problem> {
        let unknown = self.members.keys().map(|name| FieldError::new(name, "is unknown"));
        self.errors.extend(unknown.collect::<Vec<_>>());
        match value().filter(|_| self.errors.is_empty()) {
            Some(value) => Ok(value),
            None if self.names_immutable => Err(Problem::immutable_field(self.errors)),
            None => Err(Problem::invalid(self.errors)),
        }
    }
}

/// A string that parses as `T`.
pub fn text<T: FromStr<Err: Display>>(value: &Value) -> Result<T, String> {
    let text = value.as_str().ok_or("must be a string")?;
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// Names of existing objects, such as groups.
pub fn existing_names(value: &Value) -> Result<Vec<Name>, String> {
    let name = |value: &Value| {
        let text = value.as_str().ok_or("must be a string")?;
        Name::existing(text).map_err(|error| error.to_string())
    };
    items(value)?.iter().map(name).collect()
}

/// A list of strings that each parse as `T`.
pub fn list<T: FromStr<Err: Display>>(value: &Value) -> Result<Vec<T>, String> {
    items(value)?.iter().map(text).collect()
}

fn items(value: &Value) -> Result<&[Value], String> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| "must be a list of strings".to_owned())
}

pub fn flag(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

/// Refuses strings, and JSON numbers with a fraction or an exponent.
pub fn whole_number(value: &Value) -> Result<i64, String> {
    value.as_i64().ok_or_else(|| "must be a whole number".to_owned())
}

/// `[{resource: "type/name", actions: [action]}]`.
pub fn grants(value: &Value) -> Result<Vec<ResourceGrant>, String> {
    serde_json::from_value(value.clone())
        .map_err(|error| format!("must be a list of {{resource: \"type/name\", actions: [action]}}: {error}"))
}
