//! The claims of an access token (RFC 9068 §2.2, and ours).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Position, RealmLabel};

/// What an access token says. Exactly these members: an unknown, missing or repeated one does not parse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessTokenClaims {
    pub iss: String,
    /// Equal to `client_id`: a service credential acts for itself, never for a person.
    pub sub: Uuid,
    pub client_id: Uuid,
    pub aud: Audience,
    /// Epoch seconds.
    pub iat: i64,
    /// Epoch seconds; the token is over *at* this second.
    pub exp: i64,
    /// 128 random bits, base64url without padding.
    pub jti: String,
    /// Space-separated; absent when the token carries no scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    pub realm: RealmLabel,
    /// At most 50 names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The log position at issuance: a cut beyond it kills the token.
    pub pos: Position,
}

/// One audience, always as a plain string (RFC 7519 §4.1.3 allows that form for one).
pub type Audience = String;

impl AccessTokenClaims {
    /// For tests and tools that look at a token as plain JSON.
    pub fn to_json(&self) -> Result<HashMap<String, serde_json::Value>, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(self)?)
    }
}
