//! From a permit to a signed access token (RFC 9068).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::{AccessTokenClaims, RealmLabel};

use super::{Permit, Refusal};
use crate::domain::Randomness;
use crate::snapshot::RealmView;

pub struct IssuedToken {
    pub access_token: String,
    /// Seconds.
    pub expires_in: i64,
    /// Space-separated; `None` when it carries none.
    pub scope: Option<String>,
    /// Of application credentials alone.
    pub refresh: Option<Refresh>,
    /// For the count.
    pub(super) audience: String,
}

/// With which the next access token is had, and the realm, as public clients of this grant want to hear it.
pub struct Refresh {
    pub token: String,
    pub realm: RealmLabel,
}

pub fn mint(realm: &RealmView, permit: Permit, randomness: &dyn Randomness) -> Result<IssuedToken, Refusal> {
    let key = realm.keys.active().ok_or(Refusal::Signing)?;
    let claims = AccessTokenClaims {
        iss: realm.issuer.to_string(),
        sub: permit.client_id,
        client_id: permit.client_id,
        aud: permit.audience,
        iat: permit.issued_at.epoch_seconds(),
        exp: permit.expires_at.epoch_seconds(),
        jti: URL_SAFE_NO_PAD.encode(randomness.bytes::<16>()),
        scope: (!permit.scopes.is_empty()).then(|| permit.scopes.to_string()),
        realm: realm.record.label.clone(),
        groups: permit.groups,
        pos: permit.position,
    };
    let access_token = key.pair.sign(&claims).map_err(|_| Refusal::Signing)?;
    let expires_in = claims.exp - claims.iat;
    Ok(IssuedToken { access_token, expires_in, scope: claims.scope, refresh: None, audience: claims.aud })
}
