//! Mints a signed access token from a permit (RFC 9068).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::{AccessTokenClaims, RealmLabel};

use crate::issuance::decide::Permit;
use crate::issuance::refusal::Refusal;
use crate::snapshot::RealmView;
use claviger_domain::Randomness;

pub struct IssuedToken {
    pub access_token: String,
    /// In seconds.
    pub expires_in: i64,
    /// Space-separated; `None` if there are no scopes.
    pub scope: Option<String>,
    /// Only for application credentials.
    pub refresh: Option<Refresh>,
    /// For usage counts.
    pub(super) audience: String,
}

/// A refresh token, and the realm as public clients of this grant expect it.
pub struct Refresh {
    pub token: String,
    pub realm: RealmLabel,
}

/// 128 random bits.
pub fn random_id(randomness: &dyn Randomness) -> String {
    URL_SAFE_NO_PAD.encode(randomness.bytes::<16>())
}

/// The id of a new token, which begins with the grant that it belongs to: see [`claviger_contract::grant_of`].
pub fn token_id(grant: Option<&str>, randomness: &dyn Randomness) -> String {
    grant.unwrap_or_default().to_owned() + &random_id(randomness)
}

/// `grant` is that of the refresh token issued beside it, if any.
pub fn mint(
    realm: &RealmView,
    permit: Permit,
    grant: Option<&str>,
    randomness: &dyn Randomness,
) -> Result<IssuedToken, Refusal> {
    let key = realm.keys.active().ok_or(Refusal::Signing)?;
    let claims = AccessTokenClaims {
        iss: realm.issuer.to_string(),
        sub: permit.client_id.as_uuid(),
        client_id: permit.client_id.as_uuid(),
        aud: permit.audience,
        iat: permit.issued_at.epoch_seconds(),
        exp: permit.expires_at.epoch_seconds(),
        jti: token_id(grant, randomness),
        scope: (!permit.scopes.is_empty()).then(|| permit.scopes.to_string()),
        realm: realm.record.label.clone(),
        groups: permit.groups,
        pos: permit.position,
    };
    let access_token = key.pair.sign(&claims).map_err(|_| Refusal::Signing)?;
    let expires_in = claims.exp - claims.iat;
    Ok(IssuedToken { access_token, expires_in, scope: claims.scope, refresh: None, audience: claims.aud })
}
