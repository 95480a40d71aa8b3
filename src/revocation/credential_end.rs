//! The row and event with which a credential ends, whatever the cause.

use claviger_contract::{Position, Timestamp};
use serde::Serialize;

use crate::ledger::{Act, Ledger, LedgerError, Plan};
use crate::snapshot::{Credential, RealmView};
use claviger_domain::{
    Actor, AuditAction, AuditTarget, Change, Name, ServiceCredentialId, Status, TargetKind, Term, UsedId,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Revoked by request.
    Requested,
    /// Its overlap with the successor has ended.
    OverlapEnded,
}

#[derive(Serialize)]
struct Before {
    status: Status,
}

#[derive(Serialize)]
struct After {
    status: Status,
    cause: Cause,
    /// Approximate number of unexpired tokens: issued within the last token lifetime, in whole hours, as far as
    /// recorded. `None` if it cannot be read, which does not prevent the revocation.
    tokens_issued_recently: Option<u64>,
}

/// A service credential that was already revoked.
pub struct Ended {
    pub name: Name,
    /// Position in the log.
    pub position: Position,
}

/// Call before the act: credentials that ended long ago are only in the table, and an act that shares its commit reads
/// no table.
pub fn find_ended(ledger: &Ledger, act: &Act, id: ServiceCredentialId) -> Result<Option<Ended>, LedgerError> {
    let snapshot = ledger.latest();
    let known = snapshot.find_realm(act.realm.as_str()).and_then(|realm| realm.credentials.get(&id));
    if known.is_some_and(|known| known.revoked.is_none()) {
        return Ok(None);
    }
    let record = ledger.store().find_service_credential(&act.realm, id)?;
    Ok(record.and_then(|record| Some(Ended { name: record.name, position: record.revocation?.position })))
}

pub fn plan_end(
    realm: &RealmView,
    plan: &mut Plan<'_>,
    id: ServiceCredentialId,
    credential: &Credential,
    cause: Cause,
) {
    let by = plan.actor().clone();
    EndedClient::credential(id, credential, plan.now(), by).plan(realm, plan, cause);
}

/// The end of a client of any kind.
pub struct EndedClient<'a> {
    /// Of one that got tokens.
    pub id: Option<UsedId>,
    pub change: Change,
    pub action: AuditAction,
    /// Its kind, id and name.
    pub target: (TargetKind, String, &'a Name),
    /// Before it ends.
    pub term: Term,
}

impl<'a> EndedClient<'a> {
    pub fn credential(id: ServiceCredentialId, credential: &'a Credential, at: Timestamp, by: Actor) -> Self {
        Self {
            id: Some(id.widen()),
            change: Change::CredentialRevoked { id, at, by },
            action: AuditAction::ServiceCredentialRevoke,
            target: (TargetKind::ServiceCredential, id.to_string(), &credential.name),
            term: credential.term(),
        }
    }

    pub fn plan(self, realm: &RealmView, plan: &mut Plan<'_>, cause: Cause) {
        let tokens_issued_recently = self.id.and_then(|id| plan.tokens_alive_of(id));
        let before = Before { status: self.term.status(plan.now()) };
        let after = After { status: Status::Revoked, cause, tokens_issued_recently };
        let (kind, id, name) = self.target;
        plan.change(realm, self.change);
        let target = AuditTarget { kind, id, name: name.to_string() };
        plan.event(self.action, target, Some(&before), Some(&after));
    }
}
