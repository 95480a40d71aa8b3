//! The audit record of an act, written in the act's own transaction; otherwise the act fails.

use claviger_contract::{Position, RealmLabel, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::log::actor::Actor;

/// `noun.verb`, as displayed and used in filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditAction(pub &'static str);

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditTarget {
    pub kind: &'static str,
    pub id: String,
    pub name: String,
}

/// `before` and `after` are the objects as the API returns them: never a secret or a digest.
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
    /// Position of the log row that the act wrote.
    pub position: Position,
}
