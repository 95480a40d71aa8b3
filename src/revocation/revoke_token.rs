//! Revokes one access token at the request of the client that it was issued to (RFC 7009).

use claviger_contract::{RealmLabel, Timestamp};
use uuid::Uuid;

use super::{Barrier, RevocationError};
use crate::domain::{Actor, ActorKind, AuditTarget, Change, Receipt};
use crate::ledger::{Act, Caller, Ledger, Plan};
use crate::store::Decision;

/// A token of the client that asks, its signature checked.
#[derive(Clone, Debug)]
pub struct TokenRevocation {
    pub realm: RealmLabel,
    pub client_id: Uuid,
    pub jti: String,
    pub expires_at: Timestamp,
    pub address: Option<String>,
    pub request_id: Option<String>,
}

/// However often and from however many sides it is asked: one row, one audit event, one position.
pub fn revoke_token(
    ledger: &Ledger,
    barrier: &Barrier,
    revocation: &TokenRevocation,
) -> Result<Receipt, RevocationError> {
    let act = Act {
        address: revocation.address.clone(),
        request_id: revocation.request_id.clone(),
        ..Act::local(revocation.realm.clone(), Caller::Client)
    };
    let committed = ledger.act_with_others(|scene| {
        let realm = scene.find_realm(&revocation.realm).ok_or(RevocationError::NotFound)?;
        if let Some(known) = realm.revoked_tokens.get(revocation.jti.as_str()) {
            return Ok(Decision::Nothing(known.position));
        }
        let name = realm.name_of_client(revocation.client_id);
        let actor = Actor { kind: ActorKind::Client, id: Some(revocation.client_id), name: name.clone() };
        let target = AuditTarget { kind: "access_token", id: revocation.jti.clone(), name };
        let mut plan = Plan::new(scene, &act, actor);
        plan.addition(Change::TokenRevoked {
            jti: revocation.jti.as_str().into(),
            client_id: revocation.client_id,
            expires_at: revocation.expires_at,
        });
        plan.event("access_token.revoke", target, None::<&()>, None::<&()>);
        Ok::<_, RevocationError>(plan.decide(scene.next))
    })?;
    let snapshot = ledger.latest();
    let realm = snapshot.find_realm(revocation.realm.as_str()).ok_or(RevocationError::NotFound)?;
    Ok(barrier.wait(committed.outcome, realm)?)
}
