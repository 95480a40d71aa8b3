//! Who presents a token to this server itself, on whatever wire.

use std::net::IpAddr;
use std::sync::Arc;

use claviger_contract::{PresentedToken, ScopeSet, Timestamp};
use uuid::Uuid;

use super::introspect::{LONGEST_TOKEN, seen};
use super::{Issuer, Refusal, VerifiedToken};
use crate::domain::{Member, MemberToken};
use crate::snapshot::{RealmView, Snapshot};

/// Made from a token that is active, and only for as long as the request takes.
pub struct Bearer {
    pub realm: Arc<RealmView>,
    pub subject: Uuid,
    pub client_id: Uuid,
    pub audience: String,
    /// What the token is worth to a resource server now.
    pub scopes: ScopeSet,
    pub expires_at: Timestamp,
    pub kind: BearerKind,
}

pub enum BearerKind {
    ServiceCredential(Box<VerifiedToken>),
    ApplicationCredential(Box<VerifiedToken>),
    /// Of its member, as whom a personal access token acts.
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

pub fn recognise(
    issuer: &Issuer,
    snapshot: &Snapshot,
    realm: &str,
    presented: &PresentedToken,
    address: IpAddr,
    now: Timestamp,
) -> Result<Bearer, Refusal> {
    let realm = snapshot.find_realm(realm);
    let suspended = realm.filter(|realm| realm.is_suspended());
    if suspended.is_some_and(|realm| presented.readings().any(|reading| holds(issuer, realm, reading))) {
        return Err(Refusal::RealmSuspended);
    }
    let mut is_ahead = false;
    let bearer = realm.and_then(|realm| {
        presented.readings().find_map(|reading| {
            if reading.len() > LONGEST_TOKEN {
                None
            } else if reading.contains('.') {
                let seen = seen(realm, reading)?;
                is_ahead |= seen.token.is_ahead_of(snapshot, now);
                by_jwt(realm, &seen.token, now)
            } else {
                by_secret(issuer, realm, reading, now)
            }
        })
    });
    bearer.ok_or_else(|| {
        if is_ahead {
            return issuer.is_behind();
        }
        issuer.failures.refuse(address, None, Refusal::InvalidClient)
    })
}

/// Whether it is somebody's personal access token, who may hear why it is refused.
fn holds(issuer: &Issuer, realm: &RealmView, presented: &str) -> bool {
    let mut digests = issuer.keyring.digester().possible_digests(presented);
    digests.any(|digest| realm.find_member_token(&digest).is_some())
}

fn by_jwt(realm: &Arc<RealmView>, token: &VerifiedToken, now: Timestamp) -> Option<Bearer> {
    if token.claims.realm != realm.record.label || !token.is_active(realm, now) {
        return None;
    }
    let token = token.clone();
    let expires_at = token.facts().expires_at;
    let scopes = token.claims.scope.as_deref().unwrap_or("");
    Some(Bearer {
        realm: realm.clone(),
        subject: token.claims.sub,
        client_id: token.claims.client_id,
        scopes: scopes.split(' ').filter_map(|scope| scope.parse().ok()).collect(),
        audience: token.claims.aud.clone(),
        expires_at,
        kind: match realm.applications.contains_key(&token.claims.client_id) {
            true => BearerKind::ApplicationCredential(Box::new(token)),
            false => BearerKind::ServiceCredential(Box::new(token)),
        },
    })
}

fn by_secret(issuer: &Issuer, realm: &Arc<RealmView>, presented: &str, now: Timestamp) -> Option<Bearer> {
    let token = issuer
        .keyring
        .digester()
        .possible_digests(presented)
        .find_map(|digest| realm.find_member_token(&digest))?;
    let member = realm.live_owner(token, now)?;
    issuer.usage.used(token.id, now);
    Some(Bearer {
        realm: realm.clone(),
        subject: member.id,
        client_id: token.id,
        audience: realm.issuer.to_string(),
        scopes: realm.effective_scopes_of(token, now),
        expires_at: token.expires_at,
        kind: BearerKind::MemberToken { token: token.clone(), member: member.clone() },
    })
}
