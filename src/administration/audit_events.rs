//! The audit trail, for callers with read access to the realm.

use claviger_contract::{Position, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::administration::error::AdministrationError;
use crate::administration::listing::{Facts, Listable, Shape};
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use crate::store::StoredAuditEvent;
use claviger_domain::{Actor, AuditFilter, Query};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditEventView {
    pub id: Uuid,
    pub at: Timestamp,
    pub actor: Actor,
    pub action: String,
    pub target: AuditTargetView,
    pub before: Option<serde_json::Value>,
    pub after: Option<serde_json::Value>,
    pub address: Option<String>,
    pub request_id: Option<String>,
    pub position: Position,
    /// Position in the trail, for cursors.
    #[serde(skip)]
    pub sequence: i64,
}

impl Listable for AuditEventView {
    const LIST: Shape = Shape {
        sorts: &["at"],
        default_sort: "-at",
        statuses: &[],
        others: &["actor", "action", "target", "from", "to"],
    };

    fn facts(&self, _: &str) -> Facts {
        Facts { id: String::new(), key: self.sequence.to_string(), status: "", searched: Vec::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditTargetView {
    pub kind: String,
    pub id: String,
    pub name: String,
}

pub fn list_audit_events(
    administration: &Administration,
    act: &Act,
    filter: &AuditFilter,
    query: &Query<()>,
) -> Result<Vec<AuditEventView>, AdministrationError> {
    administration.read(act, Right::Read)?;
    let events = administration.ledger.store().list_audit_events(&act.realm, filter, query)?;
    Ok(events.into_iter().map(view).collect())
}

fn view(event: StoredAuditEvent) -> AuditEventView {
    AuditEventView {
        id: event.id,
        at: event.at,
        actor: Actor { kind: event.actor_kind, id: event.actor_id, name: event.actor_name },
        action: event.action,
        target: AuditTargetView { kind: event.target_kind, id: event.target_id, name: event.target_name },
        before: event.before,
        after: event.after,
        address: event.address,
        request_id: event.request_id,
        position: event.position,
        sequence: event.sequence,
    }
}
