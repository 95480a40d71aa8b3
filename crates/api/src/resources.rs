//! Resources.

use std::str::FromStr;

use claviger_contract::{RealmLabel, Scope, Timestamp};
use claviger_domain::{Description, InvalidResourceName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::macros::{answer, body, edit};
use crate::schema::Schema;
use crate::value::RequestValue;

body! {
    pub struct NewResource {
        /// The first part of its scopes. For example `studio`.
        pub r#type: ResourceType,
        /// A name that no resource of its type has in the realm. For example `studio-1`.
        pub name: ResourcePart,
        /// Free text for people.
        pub description: Description = Description::default(),
        /// What can be allowed on it. For example `view`.
        pub actions: Vec<String>,
    }
}

edit! {
    /// A list replaces the old one entirely.
    pub struct ResourceEdit {
        /// Free text for people.
        pub description: Description,
        /// Replaces all actions. Grants of a removed action end. For example `view`.
        pub actions: Vec<String>,
    }
}

answer! { "Resource" =>
    #[derive(Clone)]
    pub struct ResourceView {
        /// The first part of its scopes. For example `studio`.
        pub r#type: String,
        /// The second part of its scopes. For example `studio-1`.
        pub name: String,
        /// Free text for people.
        pub description: Description,
        /// What can be granted on it. For example `view`.
        pub actions: Vec<String>,
        /// When it was created.
        pub created_at: Timestamp,
        /// When it was last changed.
        pub updated_at: Timestamp,
    }
}

/// The part of a resource's name before the slash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceType(String);

/// The part of a resource's name after the slash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcePart(String);

macro_rules! part {
    ($part:ident, $fits:path) => {
        impl $part {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Schema for $part {
            fn schema() -> Value {
                String::schema()
            }
        }

        impl RequestValue for $part {
            fn read(value: &Value, realm: Option<&RealmLabel>) -> Result<Self, String> {
                String::read(value, realm)?.parse().map_err(|error: InvalidResourceName| error.to_string())
            }
        }

        impl FromStr for $part {
            type Err = InvalidResourceName;

            fn from_str(text: &str) -> Result<Self, InvalidResourceName> {
                if $fits(text) { Ok(Self(text.to_owned())) } else { Err(InvalidResourceName) }
            }
        }
    };
}

part!(ResourceType, Scope::is_word);
part!(ResourcePart, Scope::is_resource_name);
