//! From a text that may be anything to a token that one of our keys signed.

use claviger_contract::{
    AccessTokenClaims, Position, Timestamp, TokenFacts, TokenStanding, UnverifiedAccessToken,
};

use crate::snapshot::{RealmView, Snapshot};

/// Made by [`verify`] alone: signed by a key of the realm, for the realm. Whether it still counts is another question.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    pub claims: AccessTokenClaims,
    pub kid: String,
}

/// Refuses whatever a header says but `typ: at+jwt`, a `kid` of this realm and the one algorithm of that key.
pub fn verify(realm: &RealmView, text: &str) -> Option<VerifiedToken> {
    check(realm, UnverifiedAccessToken::parse(text).ok()?)
}

/// As [`verify`], for `typ: rt+jwt`.
pub fn verify_refresh(realm: &RealmView, text: &str) -> Option<VerifiedToken> {
    check(realm, UnverifiedAccessToken::parse_refresh(text).ok()?)
}

fn check(realm: &RealmView, unverified: UnverifiedAccessToken<'_>) -> Option<VerifiedToken> {
    let key = realm.keys.find(&unverified.header.kid)?;
    let fits = unverified.header.alg == key.verifying.algorithm().as_str()
        && unverified.claims.iss == *realm.issuer
        && unverified.claims.realm == realm.record.label
        && unverified.claims.sub == unverified.claims.client_id
        && key.verifying.verifies(unverified.compact.signed, unverified.compact.signature);
    fits.then_some(VerifiedToken { claims: unverified.claims, kid: unverified.header.kid })
}

impl VerifiedToken {
    pub fn facts(&self) -> TokenFacts {
        TokenFacts {
            issued_at: Timestamp::from_epoch_seconds(self.claims.iat),
            expires_at: Timestamp::from_epoch_seconds(self.claims.exp),
            position: self.claims.pos,
        }
    }

    /// Issued from a state that this one does not know yet, and not over: what it says about the token tells nothing.
    pub fn is_ahead_of(&self, snapshot: &Snapshot, now: Timestamp) -> bool {
        self.claims.pos > snapshot.position && now < self.facts().expires_at
    }

    /// The shared rule, on everything that this token hangs on.
    pub fn is_active(&self, realm: &RealmView, now: Timestamp) -> bool {
        let standing = TokenStanding {
            token_revoked: realm.revoked_tokens.contains_key(self.claims.jti.as_str()),
            credential: realm.credential_standing(self.claims.client_id, now),
            signing_key: realm.keys.standing(&self.kid),
            resource_server: realm.audience_standing(&self.claims.aud),
            realm: realm.standing(),
        };
        self.facts().are_active(&standing, now)
    }

    /// Where the revocation of this very token stands in the log, if it was revoked.
    pub fn revoked_at(&self, realm: &RealmView) -> Option<Position> {
        realm.revoked_tokens.get(self.claims.jti.as_str()).map(|revoked| revoked.position)
    }
}
