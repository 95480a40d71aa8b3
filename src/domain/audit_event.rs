//! The record of who did what: written in the transaction of the act, or the act does not happen.

use claviger_contract::{Position, RealmLabel, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use super::Actor;

/// `noun.verb`, as shown to people and filtered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditAction(pub &'static str);

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditTarget {
    pub kind: &'static str,
    pub id: String,
    pub name: String,
}

/// `before` and `after` are the objects as the API shows them: never a secret or a digest.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEvent {
    pub id: Uuid,
    pub realm: RealmLabel,
    pub at: Timestamp,
    pub actor: Actor,
    pub action: AuditAction,
    pub target: AuditTarget,
    pub before: Option<serde_json::Value>,
    pub after: Option<serde_json::Value>,
    /// The caller's address; `None` for the operator of the machine.
    pub address: Option<String>,
    pub request_id: Option<String>,
    /// Of the log row that the act made.
    pub position: Position,
}
