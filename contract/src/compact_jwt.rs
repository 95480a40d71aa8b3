//! The compact serialisation of an access token, read strictly and not yet believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::AccessTokenClaims;

/// The only `typ` of an access token (RFC 9068 §2.1): other kinds of JWT cannot be confused with it.
pub const TOKEN_TYPE: &str = "at+jwt";

/// The only `typ` of a refresh token of ours: it is never taken for an access token.
pub const REFRESH_TOKEN_TYPE: &str = "rt+jwt";

/// The JOSE header of an access token. Exactly these members: `crit`, `jku`, `jwk`, `x5u`, `b64` and all others are refused.
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

/// The three parts of a compact JWS as they stand.
#[derive(Clone, Copy, Debug)]
pub struct CompactJwt<'a> {
    /// What the signature is over: both encoded parts with the dot between them.
    pub signed: &'a str,
    pub signature: &'a str,
    header: &'a str,
    payload: &'a str,
}

/// Read, but neither its signature nor its meaning checked.
#[derive(Clone, Debug)]
pub struct UnverifiedAccessToken<'a> {
    pub header: AccessTokenHeader,
    pub claims: AccessTokenClaims,
    pub compact: CompactJwt<'a>,
}

impl<'a> CompactJwt<'a> {
    /// Three parts, no more, no fewer; a signature must be there.
    pub fn split(text: &'a str) -> Result<Self, MalformedJwt> {
        let (signed, signature) = text.rsplit_once('.').ok_or(MalformedJwt)?;
        let (header, payload) = signed.split_once('.').ok_or(MalformedJwt)?;
        if payload.contains('.') || signature.is_empty() {
            return Err(MalformedJwt);
        }
        Ok(Self { signed, signature, header, payload })
    }
}

impl<'a> UnverifiedAccessToken<'a> {
    /// Refuses non-canonical base64url, unknown, repeated and missing members, and numbers that are not whole seconds.
    pub fn parse(text: &'a str) -> Result<Self, MalformedJwt> {
        Self::parse_typed(text, TOKEN_TYPE)
    }

    /// A refresh token, which reads like an access token but for its `typ`.
    pub fn parse_refresh(text: &'a str) -> Result<Self, MalformedJwt> {
        Self::parse_typed(text, REFRESH_TOKEN_TYPE)
    }

    fn parse_typed(text: &'a str, typ: &str) -> Result<Self, MalformedJwt> {
        let compact = CompactJwt::split(text)?;
        let header: AccessTokenHeader = decode(compact.header)?;
        if header.typ != typ {
            return Err(MalformedJwt);
        }
        let claims: AccessTokenClaims = decode(compact.payload)?;
        Ok(Self { header, claims, compact })
    }
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, MalformedJwt> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| MalformedJwt)?;
    serde_json::from_slice(&bytes).map_err(|_| MalformedJwt)
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
