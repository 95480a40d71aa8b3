//! Refresh tokens of application credentials: signed, not stored, and never accepted as access tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::{AccessTokenClaims, Position, PresentedToken, Timestamp};

use crate::issuance::ahead::{Place, place};
use crate::issuance::authenticate::AuthenticatedClient;
use crate::issuance::mint::Refresh;
use crate::issuance::refusal::Refusal;
use crate::issuance::verify::{VerifiedToken, verify_refresh};
use crate::snapshot::{HeadLooks, RealmView, Snapshot};
use claviger_domain::{ApplicationCredential, Randomness};

/// Whether the client may refresh with this token. It ends by expiry, by a cut, or with its credential.
pub fn check_refresh(
    realm: &RealmView,
    client: &AuthenticatedClient,
    presented: Option<&PresentedToken>,
    snapshot: &Snapshot,
    now: Timestamp,
) -> Result<(), Refusal> {
    let needed = "an application credential";
    client.as_application().ok_or(Refusal::UnauthorizedClient { needed, kind: client.kind() })?;
    let presented = presented.ok_or(Refusal::MissingRefreshToken)?;
    let mut found = presented.readings().filter_map(|reading| verify_refresh(realm, reading));
    let is_possible = |token: &VerifiedToken| {
        place(token.claims.pos, None, snapshot, HeadLooks::default()) != Place::Impossible
    };
    found
        .any(|token| token.client_id() == client.id() && is_possible(&token) && token.is_active(realm, now))
        .then_some(())
        .ok_or(Refusal::InvalidGrant)
}

/// `None` for clients that get no refresh token.
pub fn mint_refresh(
    realm: &RealmView,
    position: Position,
    client: &AuthenticatedClient,
    randomness: &dyn Randomness,
    now: Timestamp,
) -> Result<Option<Refresh>, Refusal> {
    let Some(application) = client.as_application() else { return Ok(None) };
    let key = realm.keys.active().ok_or(Refusal::Signing)?;
    let last = now.plus_seconds(ApplicationCredential::REFRESH_SECONDS);
    let claims = AccessTokenClaims {
        iss: realm.issuer.to_string(),
        sub: client.id().as_uuid(),
        client_id: client.id().as_uuid(),
        aud: realm.issuer.to_string(),
        iat: now.epoch_seconds(),
        exp: application.record.expires_at.map_or(last, |end| end.min(last)).epoch_seconds(),
        jti: URL_SAFE_NO_PAD.encode(randomness.bytes::<16>()),
        scope: None,
        realm: realm.record.label.clone(),
        groups: Vec::new(),
        pos: position,
    };
    let token = key.pair.sign_refresh(&claims).map_err(|_| Refusal::Signing)?;
    Ok(Some(Refresh { token, realm: realm.record.label.clone() }))
}
