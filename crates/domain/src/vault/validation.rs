//! What the last validation of a source credential found.

use claviger_contract::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

macro_rules! outcomes {
    ($($variant:ident = $name:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum ValidationOutcome {
            $(#[serde(rename = $name)] $variant,)*
        }

        impl ValidationOutcome {
            pub const NAMES: &[&str] = &[$($name,)*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

outcomes! {
    Ok = "ok",
    InvalidCredential = "invalid_credential",
    InsufficientPermission = "insufficient_permission",
    WrongUrl = "wrong_url",
    Expired = "expired",
    RateLimited = "rate_limited",
    Unreachable = "unreachable",
    ProviderError = "provider_error",
    Unknown = "unknown",
    // Nobody asked the provider.
    Skipped = "skipped",
}

impl ValidationOutcome {
    /// Whether the provider has judged the credential. Otherwise nothing follows for it: the provider may be down.
    pub const fn is_verdict(self) -> bool {
        match self {
            Self::Ok
            | Self::InvalidCredential
            | Self::InsufficientPermission
            | Self::WrongUrl
            | Self::Expired => true,
            Self::RateLimited | Self::Unreachable | Self::ProviderError | Self::Unknown | Self::Skipped => {
                false
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredValidation {
    pub at: Timestamp,
    pub outcome: ValidationOutcome,
    /// As whom the provider knows the credential.
    pub identity: Option<String>,
    /// The scopes that the provider tells; `None` if it tells none.
    pub scopes: Option<Vec<String>>,
    /// When the provider says that it ends.
    pub expires_at: Option<Timestamp>,
    /// Verdicts on permissions, and sentences, for people.
    pub details: Value,
}

impl StoredValidation {
    pub const fn skipped(at: Timestamp) -> Self {
        let outcome = ValidationOutcome::Skipped;
        Self { at, outcome, identity: None, scopes: None, expires_at: None, details: Value::Null }
    }
}
