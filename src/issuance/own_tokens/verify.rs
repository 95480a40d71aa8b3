//! Verifies untrusted text as a token signed by a key of the realm.

use claviger_contract::{
    AccessTokenClaims, CompactJwt, Liveness, Position, Timestamp, TokenFacts, TokenLiveness,
    UnverifiedAccessToken,
};

use crate::issuance::own_tokens::ahead::Place;
use crate::snapshot::RealmView;
use claviger_domain::ClientId;

/// Constructed only in this file: signed by a key of the realm, for the realm. It may no longer be active.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    pub claims: AccessTokenClaims,
    pub kid: String,
}

/// The verdict of this node on a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgment {
    Active,
    Inactive,
    /// Issued from a later state than this node has: the follower must read on, and the token be checked again.
    Unknown,
}

/// Refuses any header other than `typ: at+jwt`, a `kid` of this realm and the one algorithm of that key.
pub fn verify(realm: &RealmView, text: &str) -> Option<VerifiedToken> {
    check(realm, UnverifiedAccessToken::parse(text).ok()?)
}

/// As [`verify`], for the exact bytes that a key of this issuer is known to have signed, which are therefore well
/// formed. Also returns the JSON of the claims.
pub(super) fn accept_signed(realm: &RealmView, text: &str) -> Option<(VerifiedToken, String)> {
    let compact = CompactJwt::split(text).ok()?;
    let kid = realm.keys.find_by_header(compact.header)?.record.kid.to_string();
    let json = compact.claims_json().ok()?;
    let claims: AccessTokenClaims = serde_json::from_str(&json).ok()?;
    is_of(realm, &claims).then_some((VerifiedToken { claims, kid }, json))
}

/// As [`verify`], for `typ: rt+jwt`.
pub fn verify_refresh(realm: &RealmView, text: &str) -> Option<VerifiedToken> {
    check(realm, UnverifiedAccessToken::parse_refresh(text).ok()?)
}

fn check(realm: &RealmView, unverified: UnverifiedAccessToken<'_>) -> Option<VerifiedToken> {
    let UnverifiedAccessToken { header, claims, compact } = unverified;
    let key = realm.keys.find(&header.kid)?;
    let fits = header.alg == key.verifying.algorithm().as_str()
        && is_of(realm, &claims)
        && key.verifying.verifies(compact.signed, compact.signature);
    fits.then_some(VerifiedToken { claims, kid: header.kid })
}

fn is_of(realm: &RealmView, claims: &AccessTokenClaims) -> bool {
    claims.iss == *realm.issuer && claims.realm == realm.record.label && claims.sub == claims.client_id
}

impl VerifiedToken {
    /// The client that it was issued to, which is also its subject.
    pub fn client_id(&self) -> ClientId {
        ClientId::from_uuid(self.claims.client_id)
    }

    pub fn facts(&self) -> TokenFacts {
        TokenFacts {
            issued_at: Timestamp::from_epoch_seconds(self.claims.iat),
            expires_at: Timestamp::from_epoch_seconds(self.claims.exp),
            position: self.claims.pos,
        }
    }

    /// Judges the token on a snapshot that may be older than it.
    pub fn judge(&self, place: Place, realm: &RealmView, now: Timestamp) -> Judgment {
        if place == Place::Impossible {
            Judgment::Inactive
        } else if self.is_active(realm, now) {
            Judgment::Active
        } else if place == Place::Reached || self.is_over_for_good(realm, now) {
            Judgment::Inactive
        } else {
            Judgment::Unknown
        }
    }

    /// Whether no later state can make the token active.
    fn is_over_for_good(&self, realm: &RealmView, now: Timestamp) -> bool {
        now >= self.facts().expires_at
            || self.revoked_at(realm).is_some()
            || realm.is_revoked(self.client_id())
            || realm.keys.liveness(&self.kid) == Liveness::Ended
    }

    /// Applies the shared rule to everything the token depends on.
    pub fn is_active(&self, realm: &RealmView, now: Timestamp) -> bool {
        let liveness = TokenLiveness {
            credential: realm.credential_liveness(self.client_id(), now),
            ..self.liveness_of_all_but_the_credential(realm)
        };
        self.facts().are_active(&liveness, now)
    }

    /// As [`Self::is_active`], for a refresh token: what its credential has lost is taken from the new token, so a cut
    /// of the credential does not count.
    pub fn may_refresh(&self, realm: &RealmView, now: Timestamp) -> bool {
        let credential = match realm.credential_liveness(self.client_id(), now) {
            Liveness::Live { .. } => Liveness::Live { cut: Position::ZERO },
            Liveness::Ended => Liveness::Ended,
        };
        let liveness = TokenLiveness { credential, ..self.liveness_of_all_but_the_credential(realm) };
        self.facts().are_active(&liveness, now)
    }

    fn liveness_of_all_but_the_credential(&self, realm: &RealmView) -> TokenLiveness {
        TokenLiveness {
            token_revoked: self.revoked_at(realm).is_some(),
            credential: Liveness::Ended,
            signing_key: realm.keys.liveness(&self.kid),
            resource_server: realm.audience_liveness(&self.claims.aud),
            realm: realm.liveness(),
        }
    }

    /// The log position at which this token or its grant was revoked, if it was.
    pub fn revoked_at(&self, realm: &RealmView) -> Option<Position> {
        realm.revocation_of(&self.claims.jti).map(|revoked| revoked.position)
    }
}
