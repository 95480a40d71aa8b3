//! Judges a token by the state of its realm, with the rule that every verifier shares.

use claviger_contract::{Liveness, Position, Timestamp, TokenLiveness};
use claviger_verifier::token::{KnownState, SignedToken};

use crate::issuance::own_tokens::ahead::Place;
use crate::snapshot::RealmView;
use claviger_domain::ClientId;

/// The verdict of this node on a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgment {
    Active,
    Inactive,
    /// Issued from a later state than this node has: the follower must read on, and the token be checked again.
    Unknown,
}

/// What a token depends on, beside its realm.
pub struct DependsOn<'a> {
    pub jti: &'a str,
    pub client: ClientId,
    pub kid: &'a str,
    pub audience: &'a str,
}

/// What a snapshot of the realm tells at one time.
struct InRealm<'a> {
    realm: &'a RealmView,
    now: Timestamp,
}

/// As [`InRealm`], for a refresh token: what its credential has lost is taken from the new token, so a cut of the
/// credential does not count.
struct AtRefresh<'a>(InRealm<'a>);

/// The client that a token was issued to, which is also its subject.
pub fn client_of(token: &SignedToken) -> ClientId {
    ClientId::from_uuid(token.claims().client_id)
}

/// Judges a token on a snapshot that may be older than it.
pub fn judge(token: &SignedToken, place: Place, realm: &RealmView, now: Timestamp) -> Judgment {
    if place == Place::Impossible {
        Judgment::Inactive
    } else if token.is_active(&InRealm { realm, now }, now) {
        Judgment::Active
    } else if place == Place::Reached || is_over_for_good(token, realm, now) {
        Judgment::Inactive
    } else {
        Judgment::Unknown
    }
}

/// Whether a refresh token still yields access tokens.
pub fn may_refresh(token: &SignedToken, realm: &RealmView, now: Timestamp) -> bool {
    token.is_active(&AtRefresh(InRealm { realm, now }), now)
}

/// Whether no later state can make the token active.
fn is_over_for_good(token: &SignedToken, realm: &RealmView, now: Timestamp) -> bool {
    now >= token.facts().expires_at
        || realm.revocation_of(&token.claims().jti).is_some()
        || realm.is_revoked(client_of(token))
        || realm.keys.liveness(token.kid()) == Liveness::Ended
}

impl DependsOn<'_> {
    pub fn liveness(&self, realm: &RealmView, now: Timestamp) -> TokenLiveness {
        TokenLiveness {
            token_revoked: realm.revocation_of(self.jti).is_some(),
            credential: realm.credential_liveness(self.client, now),
            signing_key: realm.keys.liveness(self.kid),
            resource_server: realm.audience_liveness(self.audience),
            realm: realm.liveness(),
        }
    }
}

impl KnownState for InRealm<'_> {
    fn liveness_of(&self, token: &SignedToken) -> TokenLiveness {
        let claims = token.claims();
        let (client, kid) = (client_of(token), token.kid());
        DependsOn { jti: &claims.jti, client, kid, audience: &claims.aud }.liveness(self.realm, self.now)
    }
}

impl KnownState for AtRefresh<'_> {
    fn liveness_of(&self, token: &SignedToken) -> TokenLiveness {
        let liveness = self.0.liveness_of(token);
        let credential = match liveness.credential {
            Liveness::Live { .. } => Liveness::Live { cut: Position::ZERO },
            Liveness::Ended => Liveness::Ended,
        };
        TokenLiveness { credential, ..liveness }
    }
}
