//! The audit trail, for callers with read access to the realm.

use claviger_api::{AuditEventView, AuditTargetView};
use serde::Serialize;

use crate::administration::error::AdministrationError;
use crate::administration::listing::{Facts, Listable, Shape};
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use crate::store::StoredAuditEvent;
use claviger_domain::{Actor, AuditFilter, Query};

/// An event and where it is in the trail.
#[derive(Serialize)]
pub struct ListedAuditEvent {
    #[serde(flatten)]
    pub event: AuditEventView,
    /// For cursors: several events may have the same position in the log.
    #[serde(skip)]
    sequence: i64,
}

impl Listable for ListedAuditEvent {
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

pub fn list_audit_events(
    administration: &Administration,
    act: &Act,
    filter: &AuditFilter,
    query: &Query<()>,
) -> Result<Vec<ListedAuditEvent>, AdministrationError> {
    administration.read(act, Right::Read)?;
    let events = administration.ledger.store().list_audit_events(&act.realm, filter, query)?;
    let listed = |event: StoredAuditEvent| ListedAuditEvent { sequence: event.sequence, event: view(event) };
    Ok(events.into_iter().map(listed).collect())
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
    }
}
