//! Revokes one access token at the request of the client that it was issued to (RFC 7009).

use claviger_contract::{RealmLabel, Timestamp};

use crate::ledger::{Act, Asked, Caller, Ledger, Plan, Scene};
use crate::revocation::barrier::Barrier;
use crate::revocation::error::RevocationError;
use crate::revocation::revoke_credential::receipt_of;
use crate::snapshot::{Holding, RealmView};
use crate::store::Decision;
use claviger_domain::{
    Actor, AuditAction, AuditTarget, Bound, Change, ClientId, LimitReached, Receipt, Subject, TargetKind,
    WaitedFor,
};

/// A token of the requesting client with its signature verified, or the grant of such a token.
#[derive(Clone, Debug)]
pub struct TokenRevocation {
    pub realm: RealmLabel,
    pub client_id: ClientId,
    /// The grant, if all of its tokens end.
    pub jti: String,
    pub expires_at: Timestamp,
    pub address: Option<String>,
    pub request_id: Option<String>,
    pub waited_for: WaitedFor,
}

/// Idempotent under repeated and concurrent requests: one row, one audit event, one position.
pub fn revoke_token(
    ledger: &Ledger,
    barrier: &Barrier,
    revocation: &TokenRevocation,
) -> Result<Receipt, RevocationError> {
    let act = Act {
        address: revocation.address.clone(),
        request_id: revocation.request_id.clone(),
        waited_for: revocation.waited_for,
        ..Act::local(revocation.realm.clone(), Caller::Client)
    };
    let subject = Subject::AccessToken(revocation.jti.as_str().into());
    let revoked = ledger.restrict_with_others(&act, &subject, Asked::End, |scene| {
        let realm = scene.find_realm(&revocation.realm).ok_or(RevocationError::NotFound)?;
        // The owner of an imported key may give several tokens the same id. The id is remembered until the last of them
        // expires.
        let known = realm.revoked_tokens.get(revocation.jti.as_str());
        if known.is_some_and(|known| known.forget_after >= revocation.expires_at) {
            return Ok(Decision::Nothing(()));
        }
        check_limits(realm, scene, revocation.client_id)?;
        let name = realm.name_of_client(revocation.client_id);
        let actor = Actor::client(revocation.client_id.widen(), name.clone());
        let target = AuditTarget { kind: TargetKind::AccessToken, id: revocation.jti.clone(), name };
        let mut plan = Plan::new(scene, &act, actor);
        plan.addition(Change::TokenRevoked {
            jti: revocation.jti.as_str().into(),
            client_id: revocation.client_id,
            expires_at: revocation.expires_at,
        });
        plan.event(AuditAction::AccessTokenRevoke, target, None::<&()>, None::<&()>);
        Ok::<_, RevocationError>(plan.decide(()))
    })?;
    receipt_of(barrier, revoked)
}

/// Each individually revoked token is remembered. A credential with any number of tokens is revoked as one.
fn check_limits(realm: &RealmView, scene: &Scene<'_>, client: ClientId) -> Result<(), LimitReached> {
    let (held, holdings, now) = (Holding::TokenRevocation, &realm.holdings, scene.now);
    let client = client.widen();
    scene.limits.check_ending(Bound::TokenRevocationsPerClient, holdings.remembered(held, client), || {
        holdings.live(held, client, now)
    })?;
    scene.limits.check_ending(Bound::TokenRevocationsPerRealm, holdings.total(held), || {
        realm.total_live(&[held], now)
    })
}
