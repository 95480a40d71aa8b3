//! A token that a key of the issuer signed, and the one rule by which it counts.

use claviger_contract::{
    AccessTokenClaims, CompactJwt, RealmLabel, Timestamp, TokenFacts, TokenLiveness, UnverifiedAccessToken,
};

use crate::token::public_key::PublicKey;

/// Public keys by their id (`kid`).
pub trait Keys {
    fn find(&self, kid: &str) -> Option<&PublicKey>;
}

/// What is known about the things that a token depends on: the snapshot of an issuer, or the set of a verifier.
pub trait KnownState {
    fn liveness_of(&self, token: &SignedToken) -> TokenLiveness;
}

/// The issuer that a token must be of.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub realm: &'a RealmLabel,
}

impl Expected<'_> {
    /// Of a credential that acts for itself.
    fn is_of(self, claims: &AccessTokenClaims) -> bool {
        claims.iss == self.issuer && claims.realm == *self.realm && claims.sub == claims.client_id
    }
}

/// How a token is read. The kinds differ in `typ`, so that none is accepted as another (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// As a resource server reads one, whose issuer may be newer: unknown claims and members of the header are ignored.
    Access,
    /// As its own issuer reads one: exactly what it writes.
    OwnAccess,
    OwnRefresh,
}

/// Why a text is no token of the issuer. Never told to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOurs {
    #[error("not an access token of this kind of issuer")]
    Malformed,
    #[error("of another issuer or realm")]
    OtherIssuer,
    #[error("signed with a key that the issuer does not publish")]
    UnknownKey,
    #[error("the algorithm is not that of the key")]
    OtherAlgorithm,
    #[error("the signature is wrong")]
    Signature,
}

/// Created only in this file: signed by a key of the issuer, for its realm. It may no longer be active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedToken {
    claims: AccessTokenClaims,
    kid: String,
}

impl SignedToken {
    /// Refuses any header but an explicit `typ`, the `kid` of a known key and the one algorithm of that key; repeated and
    /// missing members; and what the parser of its kind refuses in [`UnverifiedAccessToken`]. Reads no address
    /// from the token (RFC 8725 §3.10).
    pub fn check(
        unverified: &str,
        kind: TokenKind,
        expected: Expected<'_>,
        keys: &impl Keys,
    ) -> Result<Self, NotOurs> {
        let unverified = parse(unverified, kind, expected)?;
        Self::check_parsed(unverified, keys)
    }

    /// As [`Self::check`], of what [`parse`] returned.
    pub(crate) fn check_parsed(
        unverified: UnverifiedAccessToken<'_>,
        keys: &impl Keys,
    ) -> Result<Self, NotOurs> {
        let UnverifiedAccessToken { header, claims, compact } = unverified;
        let key = keys.find(&header.kid).ok_or(NotOurs::UnknownKey)?;
        if header.alg != key.algorithm() {
            return Err(NotOurs::OtherAlgorithm);
        }
        if !key.verifies(compact.signed, compact.signature) {
            return Err(NotOurs::Signature);
        }
        Ok(Self { claims, kid: header.kid })
    }

    /// For the exact text that [`Self::check`] accepted before, or that a key of the issuer has just signed; `kid` names
    /// that key. Also returns the JSON of the claims.
    ///
    /// Dangerous: no signature is checked. That there was a right one is known to the caller alone.
    ///
    /// # Errors
    ///
    /// If it is of another issuer after all.
    pub fn dangerous_known_as_signed(
        known: CompactJwt<'_>,
        kid: &str,
        expected: Expected<'_>,
    ) -> Result<(Self, String), NotOurs> {
        let json = known.claims_json().map_err(|_| NotOurs::Malformed)?;
        let claims: AccessTokenClaims = serde_json::from_str(&json).map_err(|_| NotOurs::Malformed)?;
        if !expected.is_of(&claims) {
            return Err(NotOurs::OtherIssuer);
        }
        Ok((Self { claims, kid: kid.to_owned() }, json))
    }

    /// For a token that the issuer itself has just called active.
    pub(crate) fn confirmed_by_issuer(unverified: UnverifiedAccessToken<'_>) -> Self {
        Self { claims: unverified.claims, kid: unverified.header.kid }
    }

    pub fn claims(&self) -> &AccessTokenClaims {
        &self.claims
    }

    /// The key that signed it.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    pub fn facts(&self) -> TokenFacts {
        TokenFacts {
            issued_at: Timestamp::from_epoch_seconds(self.claims.iat),
            expires_at: Timestamp::from_epoch_seconds(self.claims.exp),
            position: self.claims.pos,
        }
    }

    /// The shared rule: not expired, not of the future, and nothing that it depends on is revoked or cut later.
    pub fn is_active(&self, known: &impl KnownState, now: Timestamp) -> bool {
        self.facts().are_active(&known.liveness_of(self), now)
    }
}

/// Everything that can be checked without a key.
pub(crate) fn parse<'a>(
    unverified: &'a str,
    kind: TokenKind,
    expected: Expected<'_>,
) -> Result<UnverifiedAccessToken<'a>, NotOurs> {
    let parsed = match kind {
        TokenKind::Access => UnverifiedAccessToken::parse_of_newer_issuer(unverified),
        TokenKind::OwnAccess => UnverifiedAccessToken::parse(unverified),
        TokenKind::OwnRefresh => UnverifiedAccessToken::parse_refresh(unverified),
    };
    let parsed = parsed.map_err(|_| NotOurs::Malformed)?;
    if expected.is_of(&parsed.claims) { Ok(parsed) } else { Err(NotOurs::OtherIssuer) }
}
