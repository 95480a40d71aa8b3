//! Whether a token is active, for the resource server that asks (RFC 7662).

use std::sync::Arc;

use claviger_contract::{Position, RealmLabel, ScopeSet, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::authenticate::authenticate;
use super::cache::{self, Seen};
use super::{Issuer, PresentedClient, Refusal, VerifiedToken, verify};
use crate::crypto::sha256;
use crate::snapshot::{LiveServer, RealmView, Snapshot};

/// The body of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Introspection {
    Active(Arc<str>),
    /// And nothing else: why is nobody's business (RFC 7662 §2.2).
    Inactive,
}

/// Longer texts are no tokens of ours: the largest has a 4,096 byte scope and 50 group names.
pub const LONGEST_TOKEN: usize = 32 * 1024;

#[derive(Serialize)]
struct ActiveAnswer<'a> {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    client_id: Uuid,
    token_type: &'static str,
    exp: i64,
    iat: i64,
    sub: Uuid,
    aud: &'a str,
    iss: &'a str,
    jti: &'a str,
    realm: &'a RealmLabel,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    groups: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pos: Option<Position>,
}

pub fn introspect(
    issuer: &Issuer,
    snapshot: &Snapshot,
    realm: &str,
    presented: &PresentedClient,
    token: &str,
    now: Timestamp,
) -> Result<Introspection, Refusal> {
    let realm = snapshot.find_realm(realm);
    let caller = authenticate(
        realm.map(|realm| &**realm),
        presented,
        issuer.keyring.digester(),
        &issuer.failures,
        now,
    )?;
    // A client that may ask for tokens may not ask about others' (scanning): to it this endpoint has no such client.
    let (Some(realm), Some(server)) = (realm, caller.as_resource_server()) else {
        return Err(Refusal::InvalidClient);
    };
    issuer.heard.note(caller.id(), now);
    if token.len() > LONGEST_TOKEN {
        return Ok(Introspection::Inactive);
    }
    if !token.contains('.') {
        return Ok(opaque(issuer, realm, token, now));
    }
    let Some(seen) = seen(realm, token) else { return Ok(Introspection::Inactive) };
    let is_meant = seen.token.claims.realm == realm.record.label && reaches(realm, server, &seen.token);
    if is_meant && seen.token.is_active(realm, now) {
        Ok(Introspection::Active(seen.active_answer.clone()))
    } else if is_meant && seen.token.is_ahead_of(snapshot, now) {
        Err(issuer.is_behind())
    } else {
        Ok(Introspection::Inactive)
    }
}

/// A realm-wide token is active for every resource server of its realm, another for its own alone.
fn reaches(realm: &RealmView, server: &LiveServer, token: &VerifiedToken) -> bool {
    token.claims.aud == *realm.issuer || token.claims.aud == server.record.audience.as_str()
}

/// The token, its signature checked now or before; whose realm and whether it counts is still to be asked.
pub(super) fn seen(realm: &RealmView, token: &str) -> Option<Arc<Seen>> {
    let fingerprint = sha256(token.as_bytes());
    if let Some(seen) = cache::find(&fingerprint) {
        return Some(seen);
    }
    let token = verify(realm, token)?;
    let active_answer = active_answer(&token)?;
    let seen = Arc::new(Seen { token, active_answer });
    cache::keep(fingerprint, seen.clone());
    Some(seen)
}

fn active_answer(token: &VerifiedToken) -> Option<Arc<str>> {
    let claims = &token.claims;
    body(&ActiveAnswer {
        active: true,
        scope: claims.scope.as_deref(),
        client_id: claims.client_id,
        token_type: "Bearer",
        exp: claims.exp,
        iat: claims.iat,
        sub: claims.sub,
        aud: &claims.aud,
        iss: &claims.iss,
        jti: &claims.jti,
        realm: &claims.realm,
        groups: &claims.groups,
        pos: Some(claims.pos),
    })
}

/// Opaque tokens are looked up by their digest; what they are worth is worked out at each use.
fn opaque(issuer: &Issuer, realm: &RealmView, presented: &str, now: Timestamp) -> Introspection {
    let found = issuer
        .keyring
        .digester()
        .possible_digests(presented)
        .find_map(|digest| realm.find_member_token(&digest));
    let Some(token) = found else { return Introspection::Inactive };
    let scopes: ScopeSet = realm.effective_scopes_of(token, now);
    if scopes.is_empty() {
        return Introspection::Inactive;
    }
    issuer.usage.used(token.id, now);
    let scope = scopes.to_string();
    let jti = token.id.to_string();
    body(&ActiveAnswer {
        active: true,
        scope: Some(&scope),
        client_id: token.id,
        token_type: "Bearer",
        exp: token.expires_at.epoch_seconds(),
        iat: token.created_at.epoch_seconds(),
        sub: token.member,
        aud: &realm.issuer,
        iss: &realm.issuer,
        jti: &jti,
        realm: &realm.record.label,
        groups: &[],
        pos: None,
    })
    .map_or(Introspection::Inactive, Introspection::Active)
}

fn body(answer: &ActiveAnswer<'_>) -> Option<Arc<str>> {
    serde_json::to_string(answer).ok().map(Arc::from)
}
