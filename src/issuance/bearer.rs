//! Authenticates a bearer token presented to this server itself, on any protocol.

use std::sync::Arc;

use claviger_contract::{MAX_TOKEN_BYTES, PresentedToken, ScopeSet, Timestamp};
use claviger_verifier::token::SignedToken;

use crate::issuance::context::Context;
use crate::issuance::failures::Named;
use crate::issuance::failures::Origin;
use crate::issuance::own_tokens::{Judgment, client_of, judge, place, seen};
use crate::issuance::refusal::Refusal;
use crate::snapshot::{HeadLooks, RealmView, Snapshot};
use claviger_domain::{Door, Member, MemberToken, PrincipalId, UsedId};

/// The holder of an active token, for the duration of one request.
pub struct Bearer {
    pub realm: Arc<RealmView>,
    pub subject: PrincipalId,
    /// The client, or the opaque token itself.
    pub client_id: UsedId,
    pub audience: String,
    /// Effective scopes of the token at a resource server now.
    pub scopes: ScopeSet,
    pub expires_at: Timestamp,
    pub kind: BearerKind,
}

pub enum BearerKind {
    ServiceCredential(Box<SignedToken>),
    ApplicationCredential(Box<SignedToken>),
    /// A personal access token, which acts as its member.
    MemberToken {
        token: Arc<MemberToken>,
        member: Arc<Member>,
    },
}

impl BearerKind {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::ServiceCredential(_) => "service_credential",
            Self::ApplicationCredential(_) => "application_credential",
            Self::MemberToken { token, .. } => token.kind.as_str(),
        }
    }
}

pub fn recognize(
    context: &Context,
    snapshot: &Snapshot,
    realm: &str,
    presented: &PresentedToken,
    origin: Origin,
    (looks, now): (HeadLooks, Timestamp),
) -> Result<Bearer, Refusal> {
    let realm = snapshot.find_realm(realm);
    let suspended = realm.filter(|realm| realm.is_suspended());
    if suspended.is_some_and(|realm| presented.readings().any(|reading| holds(context, realm, reading))) {
        return Err(Refusal::RealmSuspended);
    }
    let mut is_ahead = false;
    let mut signed_for = None;
    let bearer = realm.and_then(|realm| {
        presented.readings().find_map(|reading| {
            if reading.len() > MAX_TOKEN_BYTES {
                None
            } else if reading.contains('.') {
                let seen = seen(&context.tokens, realm, reading, looks)?;
                let claims = seen.token.claims();
                let place = place(claims.pos, Some(seen.first_seen), snapshot, looks);
                let judgment = judge(&seen.token, place, realm, now);
                is_ahead |= judgment == Judgment::Unknown;
                signed_for = Some(client_of(&seen.token).widen());
                let is_for_here = claims.aud != *realm.administration || origin.door == Door::Administration;
                (judgment == Judgment::Active && is_for_here).then(|| by_jwt(realm, &seen.token))?
            } else {
                by_secret(context, realm, reading, origin.door, now)
            }
        })
    });
    bearer.ok_or_else(|| {
        if is_ahead {
            return context.is_behind();
        }
        let label = realm.map(|realm| &realm.record.label);
        let named = signed_for.or_else(|| realm.and_then(|realm| ended_token(context, realm, presented)));
        let named = Named::Token(named);
        context.failures.refuse(label, origin, named, Refusal::InvalidClient)
    })
}

/// Finds an opaque token of this realm that is expired or revoked.
fn ended_token(context: &Context, realm: &RealmView, presented: &PresentedToken) -> Option<UsedId> {
    presented.readings().filter(|reading| reading.len() <= MAX_TOKEN_BYTES).find_map(|reading| {
        let mut digests = context.keyring.digester().possible_digests(reading);
        digests.find_map(|digest| realm.find_member_token(&digest)).map(|token| token.id.widen())
    })
}

/// Whether this is a known personal access token, whose holder may learn why it is refused.
fn holds(context: &Context, realm: &RealmView, presented: &str) -> bool {
    let mut digests = context.keyring.digester().possible_digests(presented);
    digests.any(|digest| realm.find_member_token(&digest).is_some())
}

/// The bearer of an active token, if it belongs to this realm.
fn by_jwt(realm: &Arc<RealmView>, token: &SignedToken) -> Option<Bearer> {
    if token.claims().realm != realm.record.label {
        return None;
    }
    let (token, client_id) = (token.clone(), client_of(token));
    let expires_at = token.facts().expires_at;
    let scopes = token.claims().scope.as_deref().unwrap_or("");
    Some(Bearer {
        realm: realm.clone(),
        subject: client_id.widen(),
        client_id: client_id.widen(),
        scopes: scopes.split(' ').filter_map(|scope| scope.parse().ok()).collect(),
        audience: token.claims().aud.clone(),
        expires_at,
        kind: match realm.applications.contains_key(&client_id.for_lookup()) {
            true => BearerKind::ApplicationCredential(Box::new(token)),
            false => BearerKind::ServiceCredential(Box::new(token)),
        },
    })
}

fn by_secret(
    context: &Context,
    realm: &Arc<RealmView>,
    presented: &str,
    door: Door,
    now: Timestamp,
) -> Option<Bearer> {
    let token = context
        .keyring
        .digester()
        .possible_digests(presented)
        .find_map(|digest| realm.find_member_token(&digest))?;
    let member = realm.live_owner(token, now)?;
    let worth = realm.worth_of(token, now);
    // The administration endpoint checks `admin:` scopes itself, and the vault refuses people by name. Elsewhere a token
    // counts if introspection calls it active.
    if !matches!(door, Door::Administration | Door::Vault) && worth.is_none() {
        return None;
    }
    context.usage.used(&realm.record.label, token.id.widen(), now);
    Some(Bearer {
        realm: realm.clone(),
        subject: member.id.widen(),
        client_id: token.id.widen(),
        audience: realm.issuer.to_string(),
        scopes: worth.unwrap_or_default(),
        expires_at: token.expires_at,
        kind: BearerKind::MemberToken { token: token.clone(), member: member.clone() },
    })
}
