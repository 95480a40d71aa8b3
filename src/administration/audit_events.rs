//! The audit trail, for callers with read access to the realm.

use claviger_api::{AuditEventView, AuditTargetView, FieldError};
use serde::Serialize;

use crate::administration::error::AdministrationError;
use crate::administration::listing::{Facts, Listable, Page, Shape};
use crate::administration::setting::Administration;
use crate::ledger::{Act, Right};
use crate::store::StoredAuditEvent;
use claviger_domain::{Actor, AuditEventId, AuditFilter, Query, composed};

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

/// One event, for a caller who may read them.
pub fn find_audit_event(
    administration: &Administration,
    act: &Act,
    id: AuditEventId,
) -> Result<ListedAuditEvent, AdministrationError> {
    administration.read(act, Right::Read)?;
    let found = administration.ledger.store().find_audit_event(&act.realm, id)?;
    let event = found.ok_or(AdministrationError::NotFound("audit event"))?;
    Ok(ListedAuditEvent { sequence: event.sequence, event: view(event) })
}

/// The filter that the parameters of a list ask for.
pub fn audit_filter(page: &Page) -> Result<AuditFilter, FieldError> {
    let text = |name| page.other(name).map(|text| composed(text).into_owned());
    let time = |name: &str| {
        let parsed = page.other(name).map(str::parse).transpose();
        parsed.map_err(|error| FieldError::new(name, format!("must be {error}")))
    };
    Ok(AuditFilter {
        actor: text("actor"),
        action: text("action"),
        target: text("target"),
        from: time("from")?,
        to: time("to")?,
    })
}

impl ListedAuditEvent {
    /// Its place in the trail.
    pub const fn sequence(&self) -> i64 {
        self.sequence
    }
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
        tokens_ended_estimate: event.tokens_ended_estimate,
    }
}
