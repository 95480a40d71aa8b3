//! What a client revokes with one of its tokens (RFC 7009 §2.1).

use claviger_contract::{RealmLabel, Timestamp, grant_of};
use claviger_domain::ApplicationCredential;
use claviger_verifier::token::SignedToken;

/// An access token, or all tokens of one grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocable {
    pub realm: RealmLabel,
    /// The `jti` of the token, or the grant.
    pub id: String,
    /// No token that it covers expires later.
    pub expires_at: Timestamp,
}

impl Revocable {
    pub fn token(token: &SignedToken) -> Self {
        Self {
            realm: token.claims().realm.clone(),
            id: token.claims().jti.clone(),
            expires_at: token.facts().expires_at,
        }
    }

    /// Later refresh tokens of the grant may have been issued until now.
    pub fn grant_of(token: &SignedToken, now: Timestamp) -> Self {
        let latest = now.plus_seconds(ApplicationCredential::REFRESH_SECONDS);
        Self {
            id: grant_of(&token.claims().jti).to_owned(),
            expires_at: token.facts().expires_at.max(latest),
            ..Self::token(token)
        }
    }
}
