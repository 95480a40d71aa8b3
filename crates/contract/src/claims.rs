//! The claims of an access token (RFC 9068 §2.2, and private ones).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::activity::CLOCK_LEEWAY_SECONDS;
use crate::position::Position;
use crate::realm_label::RealmLabel;
use crate::scope::Scope;
use crate::timestamp::Timestamp;

/// The claims of an access token. Exactly these members: an unknown, missing or repeated one does not parse.
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
    /// Epoch seconds; the token has expired *at* this second.
    pub exp: i64,
    /// 128 random bits, base64url without padding. In a token with a refresh token, those of its grant come before.
    pub jti: String,
    /// Space-separated; absent when the token carries no scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    pub realm: RealmLabel,
    /// At most 50 names, together of at most [`MAX_GROUPS_BYTES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The log position at issuance: a later cut revokes the token.
    pub pos: Position,
}

/// The members of [`AccessTokenClaims`].
pub(crate) const CLAIMS: [&str; 11] =
    ["iss", "sub", "client_id", "aud", "iat", "exp", "jti", "scope", "realm", "groups", "pos"];

fn is_scope(text: &str) -> bool {
    text.len() <= MAX_SCOPE_BYTES && text.split(' ').all(|scope| scope.parse::<Scope>().is_ok())
}

/// Accepts group names that any version has accepted.
fn is_group_name(name: &str) -> bool {
    (1..=MAX_GROUP_NAME_LENGTH).contains(&name.chars().count()) && !name.chars().any(char::is_control)
}

/// One audience, always a plain string, which RFC 7519 §4.1.3 allows for a single value.
pub type Audience = String;

/// Maximum lifetime of an access token, in seconds.
pub const MAX_ACCESS_TOKEN_SECONDS: i64 = 86_400;

/// Maximum lifetime of a refresh token, in seconds.
pub const MAX_REFRESH_TOKEN_SECONDS: i64 = 30 * 86_400;

/// Maximum length of `scope`, in bytes.
pub const MAX_SCOPE_BYTES: usize = 4_096;

/// Length of 128 bits in base64url without padding.
const RANDOM_ID_LENGTH: usize = 22;

const MAX_ISSUER_LENGTH: usize = 2_048;
const MAX_JTI_LENGTH: usize = 64;
/// Maximum length of all group names in a token, in bytes of JSON without commas. Proxies and headers still carry such a
/// token with a scope of the maximum length.
pub const MAX_GROUPS_BYTES: usize = 2_048;

const MAX_GROUPS: usize = 50;
const MAX_GROUP_NAME_LENGTH: usize = 64;

/// The length of a group name in a token, in bytes: quoted and escaped.
pub fn group_bytes(name: &str) -> usize {
    name.len() + 2 + name.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

/// The grant of the token with this `jti`. Revoking a refresh token ends all tokens of its grant (RFC 7009 §2.1). A token
/// issued without a refresh token is its own grant.
pub fn grant_of(jti: &str) -> &str {
    match jti.split_at_checked(RANDOM_ID_LENGTH) {
        Some((grant, own)) if own.len() == RANDOM_ID_LENGTH => grant,
        _ => jti,
    }
}

/// Whether this issuer can have made the grant. With another one, the ids of its tokens would be too long to be read.
pub fn is_grant(text: &str) -> bool {
    text.len() == RANDOM_ID_LENGTH
}

impl AccessTokenClaims {
    /// Whether this issuer can have written every claim. A valid signature does not prove it: others may know an
    /// imported key. `longest_seconds` is the maximum lifetime of this kind of token.
    pub fn are_bounded(&self, longest_seconds: i64) -> bool {
        let times = Timestamp::try_from_epoch_seconds(self.iat).is_ok()
            && Timestamp::try_from_epoch_seconds(self.exp).is_ok()
            && (self.iat..=self.iat + longest_seconds + CLOCK_LEEWAY_SECONDS).contains(&self.exp);
        let jti = (1..=MAX_JTI_LENGTH).contains(&self.jti.len())
            && self.jti.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        times
            && jti
            && self.iss.len() <= MAX_ISSUER_LENGTH
            && self.aud.len() <= MAX_ISSUER_LENGTH
            && self.scope.as_deref().is_none_or(is_scope)
            && self.groups.len() <= MAX_GROUPS
            && self.groups.iter().all(|name| is_group_name(name))
            && self.pos < Position::END
    }

    /// For tests and tools that inspect a token as plain JSON.
    pub fn to_json(&self) -> Result<HashMap<String, serde_json::Value>, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> AccessTokenClaims {
        let id = Uuid::from_u128(7);
        AccessTokenClaims {
            iss: "https://tokens.example/realms/acme".to_owned(),
            sub: id,
            client_id: id,
            aud: "https://tokens.example/realms/acme".to_owned(),
            iat: 1_800_000_000,
            exp: 1_800_000_900,
            jti: "_JXKRjwJFsdPdVUYX3wHKw".to_owned(),
            scope: Some("source:read studio".to_owned()),
            realm: "acme".parse().expect("a label"),
            groups: vec!["夜間".to_owned()],
            pos: Position::new(12),
        }
    }

    #[test]
    fn grant_is_the_first_half_of_a_double_id_and_its_tokens_are_bounded() {
        let (grant, own) = ("_JXKRjwJFsdPdVUYX3wHKw", "0123456789012345678901");
        assert_eq!(grant_of(&format!("{grant}{own}")), grant);
        for length in 1..=MAX_JTI_LENGTH {
            let jti = "x".repeat(length);
            let expected = if length == 2 * RANDOM_ID_LENGTH { RANDOM_ID_LENGTH } else { length };
            assert_eq!(grant_of(&jti).len(), expected);
            assert_eq!(is_grant(grant_of(&jti)), matches!(length, 22 | 44), "{length}");
        }
        let claims = AccessTokenClaims { jti: format!("{grant}{own}"), ..claims() };
        assert!(claims.are_bounded(MAX_ACCESS_TOKEN_SECONDS));
    }

    #[test]
    fn every_claim_is_in_the_list_of_claims() {
        let json = claims().to_json().expect("JSON");
        assert_eq!(json.len(), CLAIMS.len());
        assert!(CLAIMS.iter().all(|name| json.contains_key(*name)));
    }

    #[test]
    fn each_claim_alone_is_bounded() {
        type Change = fn(&mut AccessTokenClaims);
        const LATEST: i64 = Timestamp::LATEST.epoch_seconds();
        let bounded: [Change; 9] = [
            |_| (),
            |claims| claims.exp = claims.iat,
            |claims| claims.exp = claims.iat + MAX_ACCESS_TOKEN_SECONDS,
            |claims| (claims.iat, claims.exp) = (LATEST - 900, LATEST),
            |claims| claims.jti = "x".repeat(64),
            |claims| claims.scope = None,
            |claims| claims.groups = vec!["ß".repeat(64); 50],
            |claims| claims.groups = Vec::new(),
            |claims| claims.pos = Position::new(Position::END.as_u64() - 1),
        ];
        for change in bounded {
            let mut claims = claims();
            change(&mut claims);
            assert!(claims.are_bounded(MAX_ACCESS_TOKEN_SECONDS), "{claims:?}");
        }
        let unbounded: [Change; 21] = [
            |claims| claims.exp = claims.iat - 1,
            |claims| claims.exp = claims.iat + MAX_ACCESS_TOKEN_SECONDS + CLOCK_LEEWAY_SECONDS + 1,
            |claims| claims.exp = i64::MAX,
            |claims| claims.exp = i64::MIN,
            |claims| (claims.iat, claims.exp) = (i64::MAX, i64::MAX),
            |claims| (claims.iat, claims.exp) = (i64::MIN, i64::MIN),
            |claims| (claims.iat, claims.exp) = (-1, 10),
            |claims| (claims.iat, claims.exp) = (LATEST, LATEST + 1),
            |claims| claims.jti = String::new(),
            |claims| claims.jti = "x".repeat(65),
            |claims| claims.jti = "a b".to_owned(),
            |claims| claims.jti = "a\0".to_owned(),
            |claims| claims.jti = "ä".to_owned(),
            |claims| claims.scope = Some(String::new()),
            |claims| claims.scope = Some("a  b".to_owned()),
            |claims| claims.scope = Some("a\0b".to_owned()),
            |claims| claims.scope = Some("a ".repeat(2_500) + "a"),
            |claims| claims.groups = vec!["a".to_owned(); 51],
            |claims| claims.groups = vec!["a\0".to_owned()],
            |claims| claims.aud = "x".repeat(2_049),
            |claims| claims.pos = Position::END,
        ];
        for change in unbounded {
            let mut claims = claims();
            change(&mut claims);
            assert!(!claims.are_bounded(MAX_ACCESS_TOKEN_SECONDS), "{claims:?}");
        }
    }
}
