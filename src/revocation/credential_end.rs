//! The one row and event with which every service credential ends, whoever ends it.

use serde::Serialize;
use uuid::Uuid;

use crate::domain::{AuditTarget, Change};
use crate::ledger::{Act, Ledger, Plan};
use crate::snapshot::{Credential, RealmView};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Somebody asked for it.
    Requested,
    /// Its successor has been there for as long as they were to be taken side by side.
    OverlapEnded,
}

#[derive(Serialize)]
struct Before {
    status: &'static str,
}

#[derive(Serialize)]
struct After {
    status: &'static str,
    cause: Cause,
    /// Within the last token lifetime, whole hours counted, as far as they are written down by now: about so many run.
    /// `None` when that cannot be read, which keeps nobody from revoking.
    tokens_issued_recently: Option<u64>,
}

/// Asked before the act, which holds up every other writer.
pub fn tokens_issued_recently(ledger: &Ledger, act: &Act, id: Uuid) -> Option<u64> {
    let snapshot = ledger.latest();
    let credential = snapshot.find_realm(act.realm.as_str())?.credentials.get(&id)?;
    let since = ledger.clock().now().plus_seconds(-credential.token_lifetime.as_seconds());
    let hours = ledger.store().list_usage(id, since).ok()?;
    Some(hours.iter().map(|(_, count)| count.issued).sum())
}

pub fn plan_end(
    realm: &RealmView,
    plan: &mut Plan<'_>,
    id: Uuid,
    credential: &Credential,
    cause: Cause,
    tokens_issued_recently: Option<u64>,
) {
    let now = plan.now();
    let before = Before { status: if credential.is_live(now) { "active" } else { "expired" } };
    let after = After { status: "revoked", cause, tokens_issued_recently };
    let target =
        AuditTarget { kind: "service_credential", id: id.to_string(), name: credential.name.to_string() };
    let by = plan.actor().clone();
    plan.change(realm, Change::CredentialRevoked { id, at: now, by });
    plan.event("service_credential.revoke", target, Some(&before), Some(&after));
}
