//! The values that bodies consist of: how each is read, and its schema.

use std::fmt::Display;
use std::str::FromStr;

use claviger_contract::{Position, RealmLabel, Scope, ScopeSet, Timestamp};
use claviger_domain::{
    AdminScope, Admission, Algorithm, CatalogId, ClaimText, Description, EmailAddress, EmailDomain,
    EventType, ExpirationCause, ExpirationKind, Id, IssuerUrl, KeyPurpose, KeyRole, Name, NodeStatus,
    Overlap, ProviderClientId, ProviderSubject, RegistryService, RegistryTokenLifetime, ResourceGrant, Role,
    ServerAudience, Slug, Status, TokenLifetime, TracedKind, Validity, WebhookUrl,
};
use serde_json::{Value, json};

use crate::schema::{Schema, between, member, one_of};

/// A value of a request. Errors are predicates: "must be …".
pub trait RequestValue: Schema {
    /// `realm` completes scopes that are written without it.
    fn read(value: &Value, realm: Option<&RealmLabel>) -> Result<Self, String>
    where
        Self: Sized;

    fn read_list(value: &Value, realm: Option<&RealmLabel>) -> Result<Vec<Self>, String>
    where
        Self: Sized,
    {
        items(value)?.iter().map(|item| Self::read(item, realm)).collect()
    }
}

impl<T: Schema> Schema for Option<T> {
    fn schema() -> Value {
        match T::reference() {
            // Any value, which may be null.
            any if any == json!({}) => any,
            schema => json!({"anyOf": [schema, {"type": "null"}]}),
        }
    }
}

impl<T: Schema> Schema for Vec<T> {
    fn schema() -> Value {
        json!({"type": "array", "items": T::reference()})
    }
}

impl<T: RequestValue> RequestValue for Option<T> {
    fn read(value: &Value, realm: Option<&RealmLabel>) -> Result<Self, String> {
        if value.is_null() { Ok(None) } else { T::read(value, realm).map(Some) }
    }
}

impl<T: RequestValue> RequestValue for Vec<T> {
    fn read(value: &Value, realm: Option<&RealmLabel>) -> Result<Self, String> {
        T::read_list(value, realm)
    }
}

fn items(value: &Value) -> Result<&[Value], String> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| "must be a list of strings".to_owned())
}

/// A string that parses as `T`.
fn text<T: FromStr<Err: Display>>(value: &Value) -> Result<T, String> {
    let text = value.as_str().ok_or("must be a string")?;
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// Refuses strings, and JSON numbers with a fraction or an exponent.
fn whole_number(value: &Value) -> Result<i64, String> {
    value.as_i64().ok_or_else(|| "must be a whole number".to_owned())
}

/// Gives each type its schema, and those that are strings their reader.
macro_rules! schemas {
    ($($type:ty: $schema:expr;)*) => {
        $(impl Schema for $type {
            fn schema() -> Value {
                $schema
            }
        })*
    };
}

macro_rules! read_as_text {
    ($($type:ty),* $(,)?) => {
        $(impl RequestValue for $type {
            fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
                text(value)
            }
        })*
    };
}

schemas! {
    String: json!({"type": "string"});
    bool: json!({"type": "boolean", "examples": [true]});
    u64: json!({"type": "integer", "minimum": 0, "examples": [7]});
    Timestamp: json!({"type": "string", "format": "date-time", "examples": ["2027-01-31T12:00:00Z"]});
    Position: u64::schema();
    RealmLabel: json!({"type": "string", "examples": ["acme"]});
    Name: json!({"type": "string", "minLength": 1, "maxLength": 64, "examples": ["nightly-builds"]});
    Description: json!({"type": "string", "maxLength": 1000, "examples": ["Builds every night"]});
    EmailAddress: json!({"type": "string", "examples": ["ada@example.com"]});
    Scope: json!({"type": "string", "minLength": 1, "examples": ["source:read-update"]});
    ScopeSet: Vec::<Scope>::schema();
    AdminScope: one_of(AdminScope::NAMES);
    Role: one_of(&["account_holder", "sys_admin", "auditor", "member"]);
    Status: one_of(Status::NAMES);
    Algorithm: one_of(&["ES256", "EdDSA", "RS256", "PS256"]);
    ExpirationKind: one_of(ExpirationKind::NAMES);
    ExpirationCause: one_of(ExpirationCause::NAMES);
    NodeStatus: one_of(NodeStatus::NAMES);
    TracedKind: one_of(TracedKind::NAMES);
    KeyRole: one_of(&["active", "next", "retired"]);
    // Keys for tokens are shown without it.
    KeyPurpose: one_of(&["registry", "registry_authority"]);
    ServerAudience: json!({"type": "string", "examples": ["https://builds.example.com"]});
    RegistryService: json!({"type": "string", "examples": ["registry.example.com"]});
    RegistryTokenLifetime: between(60, 300);
    Validity: json!({"anyOf": [between(30, 365), {"type": "null"}]});
    TokenLifetime: json!({"type": "integer", "minimum": 900, "maximum": 86_400, "multipleOf": 60, "examples": [3600]});
    Overlap: between(0, 2_592_000);
    Value: json!({});
}

read_as_text!(
    String,
    Timestamp,
    Description,
    EmailAddress,
    Role,
    AdminScope,
    Algorithm,
    ServerAudience,
    RegistryService,
    CatalogId,
    Slug,
    WebhookUrl,
    EventType,
    IssuerUrl,
    ProviderClientId,
    ProviderSubject,
    ClaimText,
    EmailDomain,
    Admission
);

impl<Kind> RequestValue for Id<Kind> {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        text(value)
            .map_err(|_: String| "must be an id, such as 6d1f3a52-8f0e-4b6e-9c55-0c8c1f6a1b2d".to_owned())
    }
}

impl<Kind> Schema for Id<Kind> {
    fn schema() -> Value {
        json!({"type": "string", "format": "uuid", "examples": ["6d1f3a52-8f0e-4b6e-9c55-0c8c1f6a1b2d"]})
    }
}

impl RequestValue for bool {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| "must be true or false".to_owned())
    }
}

/// A single name is new. The names of a list are those of existing objects, such as groups, under the rules of when
/// they were created.
impl RequestValue for Name {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        text(value)
    }

    fn read_list(value: &Value, _: Option<&RealmLabel>) -> Result<Vec<Self>, String> {
        let existing = |value: &Value| {
            let text = value.as_str().ok_or("must be a string")?;
            Self::existing(text).map_err(|error| error.to_string())
        };
        items(value)?.iter().map(existing).collect()
    }
}

/// With or without the realm as prefix.
impl RequestValue for Scope {
    fn read(value: &Value, realm: Option<&RealmLabel>) -> Result<Self, String> {
        let text = value.as_str().ok_or("must be a string")?;
        Self::parse_for(realm, text).map_err(|error| error.to_string())
    }
}

impl RequestValue for Validity {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        if value.is_null() {
            return Ok(Self::Never);
        }
        let days = whole_number(value).and_then(|days| Self::days(days).map_err(|error| error.to_string()));
        days.map_err(|_| "must be a whole number of days from 30 to 365, or null for never".to_owned())
    }
}

impl RequestValue for TokenLifetime {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        Self::seconds(whole_number(value)?).map_err(|error| format!("must be {error}"))
    }
}

impl RequestValue for Overlap {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        Self::seconds(whole_number(value)?).map_err(|error| format!("must be {error}"))
    }
}

impl RequestValue for u64 {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        value.as_u64().ok_or_else(|| "must be a whole number of at least 0".to_owned())
    }
}

impl RequestValue for RegistryTokenLifetime {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        Self::seconds(whole_number(value)?).map_err(|error| format!("must be {error}"))
    }
}

impl Schema for ResourceGrant {
    const NAME: Option<&'static str> = Some("ResourceGrant");

    fn schema() -> Value {
        let resource = json!({
            "type": "string",
            "description": "A resource, as type/name.",
            "examples": ["studio/studio-1"],
        });
        let actions = member::<Vec<String>>(&["Actions that the resource offers. For example `view`."]);
        crate::schema::object(vec![("resource", resource), ("actions", actions)], &["resource", "actions"])
    }
}

impl RequestValue for ResourceGrant {
    fn read(value: &Value, _: Option<&RealmLabel>) -> Result<Self, String> {
        serde_json::from_value(value.clone()).map_err(|error| error.to_string())
    }

    fn read_list(value: &Value, _: Option<&RealmLabel>) -> Result<Vec<Self>, String> {
        serde_json::from_value(value.clone()).map_err(|error| {
            format!("must be a list of {{resource: \"type/name\", actions: [action]}}: {error}")
        })
    }
}
