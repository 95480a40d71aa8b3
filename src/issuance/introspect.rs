//! Token introspection for resource servers (RFC 7662).

use std::sync::Arc;

use claviger_contract::{MAX_TOKEN_BYTES, RealmLabel, Timestamp};
use claviger_verifier::token::SignedToken;
use serde::Serialize;

use crate::issuance::authenticate::PresentedClient;
use crate::issuance::authenticate::authenticate;
use crate::issuance::context::Context;
use crate::issuance::failures::Named;
use crate::issuance::own_tokens::{Judgment, judge, place, seen};
use crate::issuance::refusal::Refusal;
use crate::snapshot::{HeadLooks, LiveServer, RealmView, Snapshot};
use claviger_domain::{PrincipalId, UsedId};

/// The response body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Introspection {
    Active(Arc<str>),
    /// No other member: the response does not disclose the reason (RFC 7662 §2.2).
    Inactive,
}

/// The active response for an opaque token.
#[derive(Serialize)]
struct ActiveAnswer<'a> {
    active: bool,
    scope: &'a str,
    client_id: UsedId,
    token_type: &'static str,
    exp: i64,
    iat: i64,
    sub: PrincipalId,
    aud: &'a str,
    iss: &'a str,
    jti: &'a str,
    realm: &'a RealmLabel,
}

pub fn introspect(
    context: &Context,
    snapshot: &Snapshot,
    realm: &str,
    presented: &PresentedClient,
    token: &str,
    looks: HeadLooks,
    now: Timestamp,
) -> Result<Introspection, Refusal> {
    let (realm, server) = &resource_server(context, snapshot, realm, presented, now)?;
    context.last_seen.note_server(&realm.record.label, server.record.id, now);
    if token.len() > MAX_TOKEN_BYTES {
        return Ok(Introspection::Inactive);
    }
    if !token.contains('.') {
        return Ok(opaque(context, realm, token, now));
    }
    let Some(seen) = seen(&context.tokens, realm, token, looks) else { return Ok(Introspection::Inactive) };
    if !reaches(realm, server, &seen.token) {
        return Ok(Introspection::Inactive);
    }
    let place = place(seen.token.claims().pos, Some(seen.first_seen), snapshot, looks);
    match judge(&seen.token, place, realm, now) {
        Judgment::Active => Ok(Introspection::Active(seen.active_answer.clone())),
        Judgment::Inactive => Ok(Introspection::Inactive),
        Judgment::Unknown => Err(context.is_behind()),
    }
}

/// Authenticates a resource server of the realm. A client that may request tokens may not learn of those of others
/// (scanning).
pub(super) fn resource_server<'s>(
    context: &Context,
    snapshot: &'s Snapshot,
    realm: &str,
    presented: &PresentedClient,
    now: Timestamp,
) -> Result<(&'s RealmView, LiveServer), Refusal> {
    let realm = snapshot.find_realm(realm).map(|realm| &**realm);
    let caller = authenticate(realm, presented, context.keyring.digester(), &context.failures, now)?;
    match (realm, caller.as_resource_server()) {
        (Some(realm), Some(server)) => Ok((realm, server.clone())),
        _ => {
            let label = realm.map(|realm| &realm.record.label);
            context.failures.note(label, presented.origin, Named::Client(&presented.client_id));
            Err(Refusal::UnsuitableClient { needed: "a resource server", kind: caller.kind() })
        }
    }
}

/// A realm-wide token is active at every resource server of its realm, any other only at its own audience.
fn reaches(realm: &RealmView, server: &LiveServer, token: &SignedToken) -> bool {
    let audience = &token.claims().aud;
    *audience == *realm.issuer || audience == server.record.audience.as_str()
}

/// Opaque tokens are looked up by digest. Their effective scopes are computed at each use.
fn opaque(context: &Context, realm: &RealmView, presented: &str, now: Timestamp) -> Introspection {
    let found = context
        .keyring
        .digester()
        .possible_digests(presented)
        .find_map(|digest| realm.find_member_token(&digest));
    let Some(token) = found else { return Introspection::Inactive };
    let Some(scopes) = realm.worth_of(token, now) else { return Introspection::Inactive };
    context.usage.used(&realm.record.label, token.id.widen(), now);
    let scope = scopes.to_string();
    let jti = token.id.to_string();
    let answer = ActiveAnswer {
        active: true,
        scope: &scope,
        client_id: token.id.widen(),
        token_type: "Bearer",
        exp: token.expires_at.epoch_seconds(),
        iat: token.created_at.epoch_seconds(),
        sub: token.member.widen(),
        aud: &realm.issuer,
        iss: &realm.issuer,
        jti: &jti,
        realm: &realm.record.label,
    };
    serde_json::to_string(&answer)
        .map_or(Introspection::Inactive, |answer| Introspection::Active(answer.into()))
}
