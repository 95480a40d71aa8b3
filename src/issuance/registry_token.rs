//! Tokens for container registries, which check them by themselves: signed by a key of their own, and short.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::{PresentedToken, RealmLabel, ScopeSet, Timestamp, TokenFacts, TokenStanding};
use serde::Serialize;
use uuid::Uuid;

use super::bearer::recognise;
use super::registry_scope::{Access, as_text, granted};
use super::{Bearer, BearerKind, Issuer, Refusal};
use crate::domain::{RegistryHolder, RegistryRefreshToken, RegistryService, SecretKind};
use crate::snapshot::{RealmView, Snapshot};

#[derive(Clone, Debug)]
pub struct RegistryRequest {
    pub service: RegistryService,
    /// As they were asked for.
    pub scopes: Vec<String>,
}

pub struct RegistryToken {
    pub realm: RealmLabel,
    pub token: String,
    /// Seconds.
    pub expires_in: i64,
    pub issued_at: Timestamp,
    /// What was granted, as the answer says it.
    pub scope: String,
    /// With what it was got, if that is not a refresh token already.
    pub holder: Option<RegistryHolder>,
    /// When whatever it was got with ends.
    pub holder_ends_at: Timestamp,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: String,
    sub: Uuid,
    /// A plain string: older registries take no list.
    aud: &'a str,
    exp: i64,
    nbf: i64,
    iat: i64,
    jti: String,
    access: &'a [Access],
}

/// Whoever asks, and what they hold.
struct Holder {
    subject: Uuid,
    scopes: ScopeSet,
    ends_at: Timestamp,
    /// `None` of a refresh token: it gives no other.
    holder: Option<RegistryHolder>,
}

pub fn registry_token(
    issuer: &Issuer,
    snapshot: &Snapshot,
    realm: &str,
    presented: &PresentedToken,
    request: &RegistryRequest,
    address: IpAddr,
    now: Timestamp,
) -> Result<RegistryToken, Refusal> {
    let refresh = |text: &str| text.starts_with(SecretKind::RegistryRefreshToken.prefix());
    let (view, holder) = if presented.readings().any(refresh) {
        let known = snapshot.find_realm(realm).and_then(|view| {
            by_refresh_token(issuer, view, presented, &request.service, now)
                .map(|holder| (view.clone(), holder))
        });
        known.ok_or_else(|| issuer.failures.refuse(address, None, Refusal::InvalidClient))?
    } else {
        let bearer = recognise(issuer, snapshot, realm, presented, address, now)?;
        (bearer.realm.clone(), Holder::of(&bearer))
    };
    let listed = &view.record.settings.registry_services;
    if !listed.is_empty() && !listed.contains(&request.service) {
        return Err(Refusal::InvalidRequest("service is not one of the realm's registry_services"));
    }
    issuer.heard.note_service(&view.record.label, &request.service, now);
    mint(issuer, &view, holder, request, now)
}

fn mint(
    issuer: &Issuer,
    realm: &RealmView,
    holder: Holder,
    request: &RegistryRequest,
    now: Timestamp,
) -> Result<RegistryToken, Refusal> {
    let label = &realm.record.label;
    let access = granted(label, &holder.scopes, request.scopes.iter().map(String::as_str));
    let lifetime = realm.record.settings.registry_token_ttl_seconds.as_seconds();
    let exp = now.plus_seconds(lifetime).min(holder.ends_at);
    let claims = Claims {
        iss: format!("{}/registry", realm.issuer),
        sub: holder.subject,
        aud: request.service.as_str(),
        exp: exp.epoch_seconds(),
        nbf: now.epoch_seconds(),
        iat: now.epoch_seconds(),
        jti: URL_SAFE_NO_PAD.encode(issuer.randomness.bytes::<16>()),
        access: &access,
    };
    let key = realm.keys.registry().ok_or(Refusal::Signing)?;
    let header = key.certified_header.as_ref().ok_or(Refusal::Signing)?;
    let token = key.pair.sign_under(header, &claims).map_err(|_| Refusal::Signing)?;
    Ok(RegistryToken {
        realm: label.clone(),
        token,
        expires_in: claims.exp - claims.iat,
        issued_at: now,
        scope: as_text(&access),
        holder: holder.holder,
        holder_ends_at: holder.ends_at,
    })
}

impl Holder {
    fn of(bearer: &Bearer) -> Self {
        let holder = match &bearer.kind {
            BearerKind::MemberToken { token, member } => {
                RegistryHolder::MemberToken { token: token.id, member: member.id }
            }
            BearerKind::ServiceCredential(token) | BearerKind::ApplicationCredential(token) => {
                RegistryHolder::AccessToken {
                    client_id: token.claims.client_id,
                    jti: token.claims.jti.clone(),
                    kid: token.kid.clone(),
                    audience: token.claims.aud.clone(),
                    position: token.claims.pos,
                    issued_at: token.facts().issued_at,
                    scopes: bearer.scopes.clone(),
                }
            }
        };
        Self {
            subject: bearer.subject,
            scopes: bearer.scopes.clone(),
            ends_at: bearer.expires_at,
            holder: Some(holder),
        }
    }
}

/// Bound to one service, and worth what it was got with is worth now.
fn by_refresh_token(
    issuer: &Issuer,
    realm: &RealmView,
    presented: &PresentedToken,
    service: &RegistryService,
    now: Timestamp,
) -> Option<Holder> {
    let digester = issuer.keyring.digester();
    let mut readings = presented.readings();
    let known = readings.find_map(|reading| {
        digester.possible_digests(reading).find_map(|digest| realm.find_registry_token(&digest))
    })?;
    if !known.is_live(now) || known.service != *service || realm.is_suspended() {
        return None;
    }
    let (subject, scopes) = worth(realm, known, now)?;
    issuer.usage.used(known.id, now);
    Some(Holder { subject, scopes, ends_at: known.expires_at, holder: None })
}

fn worth(realm: &RealmView, token: &RegistryRefreshToken, now: Timestamp) -> Option<(Uuid, ScopeSet)> {
    match &token.holder {
        RegistryHolder::MemberToken { token, member } => {
            let token = realm.member_tokens.get(token)?;
            realm.live_owner(token, now)?;
            Some((*member, realm.effective_scopes_of(token, now)))
        }
        RegistryHolder::AccessToken { client_id, jti, kid, audience, position, issued_at, scopes } => {
            let facts =
                TokenFacts { issued_at: *issued_at, expires_at: token.expires_at, position: *position };
            let standing = TokenStanding {
                token_revoked: realm.revoked_tokens.contains_key(jti.as_str()),
                credential: realm.credential_standing(*client_id, now),
                signing_key: realm.keys.standing(kid),
                resource_server: realm.audience_standing(audience),
                realm: realm.standing(),
            };
            facts.are_active(&standing, now).then(|| (*client_id, scopes.clone()))
        }
    }
}
