//! The events that a webhook can be told of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Defines the events: the type that receivers see, and the audit action that it comes from.
macro_rules! event_types {
    ($($variant:ident = $name:literal from $action:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EventType {
            $(#[serde(rename = $name)] $variant,)*
        }

        impl EventType {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
            pub const NAMES: &[&str] = &[$($name,)*];
            /// The audit actions that are events.
            pub const ACTIONS: &[&str] = &[$($action,)*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// `None` for an action that no webhook is told of.
            pub fn of_action(action: &str) -> Option<Self> {
                match action {
                    $($action => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

event_types! {
    ApiTokenExpiring = "api_token.expiring" from "api_token.expiring";
    ServiceCredentialExpired = "service_credential.expired" from "service_credential.expired";
    ServiceCredentialExpiring = "service_credential.expiring" from "service_credential.expiring";
    ServiceCredentialRevoked = "service_credential.revoked" from "service_credential.revoke";
    SourceCredentialExpiring = "source_credential.expiring" from "source_credential.expiring";
    SourceCredentialFailed = "source_credential.failed" from "source_credential.failed";
    SourceCredentialRecovered = "source_credential.recovered" from "source_credential.recovered";
}

impl EventType {
    /// The type of what an administrator sends to try an endpoint. No endpoint chooses it.
    pub const TEST: &str = "webhook.test";
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().copied().find(|known| known.as_str() == text);
        found.ok_or_else(|| format!("must be one of {}", Self::NAMES.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_reads_back_and_has_one_action() {
        for (event, action) in EventType::ALL.iter().zip(EventType::ACTIONS) {
            assert_eq!(event.as_str().parse(), Ok(*event));
            assert_eq!(EventType::of_action(action), Some(*event));
            assert_eq!(serde_json::to_value(event).expect("JSON"), event.as_str());
        }
        assert!(EventType::TEST.parse::<EventType>().is_err());
        assert_eq!(EventType::of_action("group.create"), None);
    }
}
