//! The answer to a request that is refused (RFC 6750 §3).

use std::time::Duration;

use claviger_contract::Unclear;
use serde_json::json;

use crate::refused::Refused;
use crate::responses::protected_resource::ProtectedResource;

/// Status, headers and body of a refusal. Nothing in it depends on why a token is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// `application/json`; not to be cached.
    pub body: String,
}

/// There is no token to verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPresented {
    #[error("send a token: `Authorization: Bearer TOKEN`")]
    NoToken,
    #[error(transparent)]
    Unclear(#[from] Unclear),
}

impl Answer {
    pub(crate) fn of_not_presented(
        not_presented: NotPresented,
        resource: Option<&ProtectedResource>,
    ) -> Self {
        let text = not_presented.to_string();
        match not_presented {
            // A request without a token gets no error code (RFC 6750 §3.1).
            NotPresented::NoToken => Self::challenged(401, None, "unauthorized", &text, None, resource),
            NotPresented::Unclear(_) => {
                let error = "invalid_request";
                Self::challenged(400, Some(error), error, &text, None, resource)
            }
        }
    }

    pub(crate) fn of_refused(refused: &Refused, resource: Option<&ProtectedResource>) -> Self {
        match refused {
            Refused::Invalid(_) => {
                let error = "invalid_token";
                let text = "the token is expired, revoked, or not for this service";
                Self::challenged(401, Some(error), error, text, None, resource)
            }
            Refused::InsufficientScope { needed } => {
                let (error, scope) = ("insufficient_scope", needed.to_string());
                let text = format!("the token needs the scope {scope}");
                Self::challenged(403, Some(error), error, &text, Some(&scope), resource)
            }
            Refused::Undecided { retry_after, .. } => Self {
                status: 503,
                challenge: None,
                retry_after: Some(whole_seconds(*retry_after)),
                body: body("temporarily_unavailable", "whether the token is active cannot be told now"),
            },
        }
    }

    /// No parameter holds a quote or a backslash: they are texts of this file, scopes and a checked URL.
    fn challenged(
        status: u16,
        error: Option<&str>,
        told: &str,
        text: &str,
        scope: Option<&str>,
        resource: Option<&ProtectedResource>,
    ) -> Self {
        let mut challenge = "Bearer realm=\"api\"".to_owned();
        let metadata = resource.map(ProtectedResource::url);
        for (name, value) in [("error", error), ("scope", scope), ("resource_metadata", metadata)] {
            if let Some(value) = value {
                challenge += &format!(", {name}=\"{value}\"");
            }
        }
        Self { status, challenge: Some(challenge), retry_after: None, body: body(told, text) }
    }
}

fn whole_seconds(time: Duration) -> u64 {
    (time.as_secs() + u64::from(time.subsec_nanos() > 0)).max(1)
}

fn body(error: &str, description: &str) -> String {
    json!({"error": error, "error_description": description}).to_string()
}
