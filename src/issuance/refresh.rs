//! Refresh tokens of application credentials: signed, not stored, and never accepted as access tokens.

use claviger_contract::{AccessTokenClaims, Position, PresentedToken, Timestamp, grant_of, is_grant};
use claviger_verifier::token::SignedToken;

use crate::issuance::authenticate::AuthenticatedClient;
use crate::issuance::mint::{Refresh, random_id, token_id};
use crate::issuance::own_tokens::{Place, client_of, may_refresh, place, verify_refresh};
use crate::issuance::refusal::Refusal;
use crate::snapshot::{HeadLooks, RealmView, Snapshot};
use claviger_domain::{ApplicationCredential, Randomness};

/// The grant of the presented refresh token. It ends by expiry, by revocation, with its credential, or with all tokens
/// of the realm. It outlives a loss of scopes: the new access token has what is left.
pub fn check_refresh(
    realm: &RealmView,
    client: &AuthenticatedClient,
    presented: Option<&PresentedToken>,
    snapshot: &Snapshot,
    now: Timestamp,
) -> Result<String, Refusal> {
    let needed = "an application credential";
    client.as_application().ok_or(Refusal::UnauthorizedClient { needed, kind: client.kind() })?;
    let presented = presented.ok_or(Refusal::MissingRefreshToken)?;
    let mut readings = presented.readings().filter_map(|reading| verify_refresh(realm, reading));
    let is_possible = |token: &SignedToken| {
        place(token.claims().pos, None, snapshot, HeadLooks::default()) != Place::Impossible
    };
    let found = readings.find(|token| {
        is_grant(grant_of(&token.claims().jti))
            && client_of(token) == client.id()
            && is_possible(token)
            && may_refresh(token, realm, now)
    });
    found.map(|token| grant_of(&token.claims().jti).to_owned()).ok_or(Refusal::InvalidGrant)
}

/// `None` for clients that get no refresh token.
pub fn new_grant(client: &AuthenticatedClient, randomness: &dyn Randomness) -> Option<String> {
    client.as_application().map(|_| random_id(randomness))
}

/// `None` for clients that get no refresh token.
pub fn mint_refresh(
    realm: &RealmView,
    position: Position,
    client: &AuthenticatedClient,
    grant: Option<&str>,
    randomness: &dyn Randomness,
    now: Timestamp,
) -> Result<Option<Refresh>, Refusal> {
    let Some(application) = client.as_application().filter(|_| grant.is_some()) else { return Ok(None) };
    let key = realm.keys.active().ok_or(Refusal::Signing)?;
    let last = now.plus_seconds(ApplicationCredential::REFRESH_SECONDS);
    let claims = AccessTokenClaims {
        iss: realm.issuer.to_string(),
        sub: client.id().as_uuid(),
        client_id: client.id().as_uuid(),
        aud: realm.issuer.to_string(),
        iat: now.epoch_seconds(),
        exp: application.record.ends_at().map_or(last, |end| end.min(last)).epoch_seconds(),
        jti: token_id(grant, randomness),
        scope: None,
        realm: realm.record.label.clone(),
        groups: Vec::new(),
        pos: position,
    };
    let token = key.pair.sign_refresh(&claims).map_err(|_| Refusal::Signing)?;
    Ok(Some(Refresh { token, realm: realm.record.label.clone() }))
}
