//! Tokens for container registries, which verify them offline. A separate key signs them, and they are short-lived.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_contract::{PresentedToken, RealmLabel, ScopeSet, Timestamp, TokenFacts};
use serde::Serialize;

use crate::issuance::bearer::recognize;
use crate::issuance::bearer::{Bearer, BearerKind};
use crate::issuance::context::Context;
use crate::issuance::failures::Named;
use crate::issuance::failures::Origin;
use crate::issuance::own_tokens::{DependsOn, client_of};
use crate::issuance::refusal::Refusal;
use crate::issuance::registry_scope::{Access, as_text, granted, may_anything};
use crate::snapshot::{HeadLooks, RealmView, Snapshot};
use claviger_domain::{PrincipalId, RegistryHolder, RegistryRefreshToken, RegistryService, SecretKind};

#[derive(Clone, Debug)]
pub struct RegistryRequest {
    pub service: RegistryService,
    /// In the form of the request.
    pub scopes: Vec<String>,
}

pub struct RegistryToken {
    pub realm: RealmLabel,
    pub token: String,
    /// In seconds.
    pub expires_in: i64,
    pub issued_at: Timestamp,
    /// The granted scopes, in the form of the response.
    pub scope: String,
    /// The token presented, if it is of use for the next registry token and is not itself a refresh token.
    pub holder: Option<RegistryHolder>,
    /// When the presented token ends.
    pub holder_ends_at: Timestamp,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: String,
    sub: PrincipalId,
    /// A plain string, because older registries accept no list.
    aud: &'a str,
    exp: i64,
    nbf: i64,
    iat: i64,
    jti: String,
    access: &'a [Access],
}

/// The caller and what it holds.
struct Holder {
    subject: PrincipalId,
    scopes: ScopeSet,
    ends_at: Timestamp,
    /// `None` for a refresh token, which yields no other.
    holder: Option<RegistryHolder>,
}

pub fn registry_token(
    context: &Context,
    snapshot: &Snapshot,
    realm: &str,
    presented: &PresentedToken,
    request: &RegistryRequest,
    origin: Origin,
    (looks, now): (HeadLooks, Timestamp),
) -> Result<RegistryToken, Refusal> {
    let refresh = |text: &str| text.starts_with(SecretKind::RegistryRefreshToken.prefix());
    let (view, holder) = if presented.readings().any(refresh) {
        let known = snapshot.find_realm(realm).and_then(|view| {
            by_refresh_token(context, view, presented, &request.service, now)
                .map(|holder| (view.clone(), holder))
        });
        let label = snapshot.find_realm(realm).map(|realm| &realm.record.label);
        let named = Named::Token(None);
        known.ok_or_else(|| context.failures.refuse(label, origin, named, Refusal::InvalidClient))?
    } else {
        let bearer = recognize(context, snapshot, realm, presented, origin, (looks, now))?;
        if !reaches(&bearer.realm, &bearer.audience, &request.service) {
            let named = Named::Token(Some(bearer.client_id));
            context.failures.note(Some(&bearer.realm.record.label), origin, named);
            return Err(Refusal::ForeignAudience);
        }
        (bearer.realm.clone(), Holder::of(&bearer))
    };
    let listed = &view.record.settings.registry_services;
    if !listed.is_empty() && !listed.contains(&request.service) {
        return Err(Refusal::InvalidRequest("service is not one of the realm's registry_services"));
    }
    mint(context, &view, holder, request, now)
}

fn mint(
    context: &Context,
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
        jti: URL_SAFE_NO_PAD.encode(context.randomness.bytes::<16>()),
        access: &access,
    };
    let key = realm.keys.registry().ok_or(Refusal::Signing)?;
    let header = key.certified_header.as_ref().ok_or(Refusal::Signing)?;
    let token = key.pair.sign_under(header, &claims).map_err(|_| Refusal::Signing)?;
    if !access.is_empty() {
        context.last_seen.note_registry(label, &request.service, now);
    }
    Ok(RegistryToken {
        realm: label.clone(),
        token,
        expires_in: claims.exp - claims.iat,
        issued_at: now,
        scope: as_text(&access),
        holder: holder.holder.filter(|kept| is_of_use(kept, &holder.scopes)),
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
                    client_id: client_of(token),
                    jti: token.claims().jti.clone(),
                    kid: token.kid().to_owned(),
                    audience: token.claims().aud.clone(),
                    position: token.claims().pos,
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

/// A client's access token never gains scopes, so one that may neither pull nor push yields no refresh token. The
/// scopes of a member's token are computed at each use.
fn is_of_use(holder: &RegistryHolder, scopes: &ScopeSet) -> bool {
    match holder {
        RegistryHolder::MemberToken { .. } => true,
        RegistryHolder::AccessToken { .. } => may_anything(scopes),
    }
}

/// A token for one resource server is not accepted for a registry that is another service.
fn reaches(realm: &RealmView, audience: &str, service: &RegistryService) -> bool {
    audience == &*realm.issuer || service.is_named_by(audience)
}

/// Bound to one service, with the scopes that the original token has now.
fn by_refresh_token(
    context: &Context,
    realm: &RealmView,
    presented: &PresentedToken,
    service: &RegistryService,
    now: Timestamp,
) -> Option<Holder> {
    let digester = context.keyring.digester();
    let mut readings = presented.readings();
    let known = readings.find_map(|reading| {
        digester.possible_digests(reading).find_map(|digest| realm.find_registry_token(&digest))
    })?;
    if !realm.admits_registry_token(known, now) || known.service != *service {
        return None;
    }
    let (subject, scopes) = worth(realm, known, now)?;
    context.usage.used(&realm.record.label, known.id.widen(), now);
    Some(Holder { subject, scopes, ends_at: known.expires_at, holder: None })
}

fn worth(realm: &RealmView, token: &RegistryRefreshToken, now: Timestamp) -> Option<(PrincipalId, ScopeSet)> {
    match &token.holder {
        RegistryHolder::MemberToken { token, member } => {
            let token = realm.member_tokens.get(token)?;
            Some((member.widen(), realm.worth_of(token, now)?))
        }
        RegistryHolder::AccessToken { client_id, jti, kid, audience, position, issued_at, scopes } => {
            if !reaches(realm, audience, &token.service) {
                return None;
            }
            let facts =
                TokenFacts { issued_at: *issued_at, expires_at: token.expires_at, position: *position };
            let depends_on = DependsOn { jti, client: *client_id, kid, audience };
            let is_active = facts.are_active(&depends_on.liveness(realm, now), now);
            is_active.then(|| (client_id.widen(), scopes.clone()))
        }
    }
}
