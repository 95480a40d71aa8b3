//! The compact serialization of an access token, parsed strictly and not yet verified.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::claims::{AccessTokenClaims, CLAIMS, MAX_ACCESS_TOKEN_SECONDS, MAX_REFRESH_TOKEN_SECONDS};
use crate::strict_json::parse_strict_json;

/// The only `typ` of an access token (RFC 9068 §2.1), so that no other kind of JWT is accepted as one.
pub const TOKEN_TYPE: &str = "at+jwt";

/// The same as a whole media type, which resource servers accept too (RFC 9068 §4).
const WHOLE_TOKEN_TYPE: &str = "application/at+jwt";

/// The only `typ` of a refresh token, so that it is never accepted as an access token.
pub const REFRESH_TOKEN_TYPE: &str = "rt+jwt";

/// This issuer creates no longer token: the largest has a 4,096 byte scope and 50 group names.
pub const MAX_TOKEN_BYTES: usize = 32 * 1024;

/// The JOSE header of an access token. Exactly these members: `crit`, `jku`, `jwk`, `x5u`, `b64` and all others are
/// refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessTokenHeader {
    pub typ: String,
    pub alg: String,
    /// RFC 7638 thumbprint of the signing key.
    pub kid: String,
}

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an access token in compact form")]
pub struct MalformedJwt;

/// The three encoded parts of a compact JWS.
#[derive(Clone, Copy, Debug)]
pub struct CompactJwt<'a> {
    /// The signing input: both encoded parts with the dot between them.
    pub signed: &'a str,
    pub signature: &'a str,
    pub header: &'a str,
    payload: &'a str,
}

/// Parsed; neither the signature nor the claims are verified.
#[derive(Clone, Debug)]
pub struct UnverifiedAccessToken<'a> {
    pub header: AccessTokenHeader,
    pub claims: AccessTokenClaims,
    pub compact: CompactJwt<'a>,
}

impl<'a> CompactJwt<'a> {
    /// Exactly three parts; the signature must not be empty.
    pub fn split(text: &'a str) -> Result<Self, MalformedJwt> {
        let (signed, signature) = text.rsplit_once('.').ok_or(MalformedJwt)?;
        let (header, payload) = signed.split_once('.').ok_or(MalformedJwt)?;
        if payload.contains('.') || signature.is_empty() {
            return Err(MalformedJwt);
        }
        Ok(Self { signed, signature, header, payload })
    }

    /// The JSON object of the claims, in UTF-8.
    pub fn claims_json(&self) -> Result<String, MalformedJwt> {
        String::from_utf8(decode_part(self.payload)?).map_err(|_| MalformedJwt)
    }
}

impl<'a> UnverifiedAccessToken<'a> {
    /// Refuses non-canonical base64url, unknown, repeated and missing members, numbers that are not whole seconds, and
    /// claims beyond the bounds of [`AccessTokenClaims::are_bounded`].
    pub fn parse(text: &'a str) -> Result<Self, MalformedJwt> {
        Self::parse_typed(text, TOKEN_TYPE, MAX_ACCESS_TOKEN_SECONDS)
    }

    /// Parses as a resource server does, which may be older than the issuer: it ignores claims (RFC 7519 §4) and members
    /// of the header that it does not know, and the case of `typ`. None of those members leads to a key. Refuses `crit`,
    /// and otherwise what [`Self::parse`] refuses.
    pub fn parse_of_newer_issuer(text: &'a str) -> Result<Self, MalformedJwt> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(MalformedJwt);
        }
        let compact = CompactJwt::split(text)?;
        let header = decode_part(compact.header)?;
        let header: AccessTokenHeader = known_members(&header, &HEADER_MEMBERS, &["crit"])?;
        let is_access = [TOKEN_TYPE, WHOLE_TOKEN_TYPE].iter().any(|typ| header.typ.eq_ignore_ascii_case(typ));
        let claims: AccessTokenClaims = known_members(&decode_part(compact.payload)?, &CLAIMS, &[])?;
        let fits = is_access && claims.are_bounded(MAX_ACCESS_TOKEN_SECONDS);
        fits.then_some(Self { header, claims, compact }).ok_or(MalformedJwt)
    }

    /// Parses a refresh token, which differs from an access token only in its `typ`.
    pub fn parse_refresh(text: &'a str) -> Result<Self, MalformedJwt> {
        Self::parse_typed(text, REFRESH_TOKEN_TYPE, MAX_REFRESH_TOKEN_SECONDS)
    }

    fn parse_typed(text: &'a str, typ: &str, longest_seconds: i64) -> Result<Self, MalformedJwt> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(MalformedJwt);
        }
        let compact = CompactJwt::split(text)?;
        let header: AccessTokenHeader = decode(compact.header)?;
        if header.typ != typ {
            return Err(MalformedJwt);
        }
        let claims: AccessTokenClaims = decode(compact.payload)?;
        if !claims.are_bounded(longest_seconds) {
            return Err(MalformedJwt);
        }
        Ok(Self { header, claims, compact })
    }
}

/// The members of [`AccessTokenHeader`].
const HEADER_MEMBERS: [&str; 3] = ["typ", "alg", "kid"];

/// Reads an object without the members that are not known. No member may be there twice, and none of the refused ones.
fn known_members<T: serde::de::DeserializeOwned>(
    json: &[u8],
    known: &[&str],
    refused: &[&str],
) -> Result<T, MalformedJwt> {
    let Ok(Value::Object(mut object)) = parse_strict_json(json) else { return Err(MalformedJwt) };
    if refused.iter().any(|member| object.contains_key(*member)) {
        return Err(MalformedJwt);
    }
    object.retain(|member, _| known.contains(&member.as_str()));
    serde_json::from_value(Value::Object(object)).map_err(|_| MalformedJwt)
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, MalformedJwt> {
    serde_json::from_slice(&decode_part(part)?).map_err(|_| MalformedJwt)
}

fn decode_part(part: &str) -> Result<Vec<u8>, MalformedJwt> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| MalformedJwt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_must_be_three_and_signed() {
        for bad in ["", ".", "..", "a.b", "a.b.", "a.b.c.d", "a.b.c.d.e", "{\"payload\":\"\"}"] {
            assert!(UnverifiedAccessToken::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_without_a_panic(text in "\\PC{0,200}") {
            prop_assert!(UnverifiedAccessToken::parse(&text).is_err());
        }
    }
}
