//! Table `audit_event`: written in the transaction of the change, read by auditors.

use claviger_contract::{Position, RealmLabel, Timestamp};
use diesel::prelude::*;

use crate::store::column::{Row, containing, lower, position_column, to_json};
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::log::entry::{NUL, Unreadable, refuse_nul, unreadable};
use crate::store::schema::audit_event;
use claviger_domain::{ActorKind, AuditEvent, AuditEventId, AuditFilter, PrincipalId, Query};

/// An event as read back.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAuditEvent {
    pub id: AuditEventId,
    pub at: Timestamp,
    pub actor_kind: ActorKind,
    pub actor_id: Option<PrincipalId>,
    pub actor_name: String,
    pub action: String,
    pub target_kind: String,
    pub target_id: String,
    pub target_name: String,
    pub before: Option<serde_json::Value>,
    pub after: Option<serde_json::Value>,
    pub address: Option<String>,
    pub request_id: Option<String>,
    pub position: Position,
    /// Its position in the trail.
    pub sequence: i64,
    pub tokens_ended_estimate: Option<u64>,
}

/// The exact bytes of every column. The chain hashes them (`audit::chain`).
#[derive(Queryable, Insertable)]
#[diesel(table_name = audit_event)]
pub struct Columns {
    pub id: String,
    pub realm: String,
    pub at: i64,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub actor_name: String,
    pub action: String,
    pub target_kind: String,
    pub target_id: String,
    pub target_name: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub address: Option<String>,
    pub request_id: Option<String>,
    pub position: i64,
    pub sequence: Option<i64>,
    pub hash: Option<Vec<u8>>,
    pub tokens_ended_estimate: Option<i64>,
}

pub fn columns(event: &AuditEvent, sequence: i64) -> Result<Columns, StoreError> {
    Ok(Columns {
        id: event.id.to_string(),
        realm: event.realm.to_string(),
        at: event.at.epoch_seconds(),
        actor_kind: to_json(&event.actor.kind)?,
        actor_id: event.actor.id.map(|id| id.to_string()),
        actor_name: event.actor.name.clone(),
        action: event.action.as_str().to_owned(),
        target_kind: event.target.kind.as_str().to_owned(),
        target_id: event.target.id.clone(),
        target_name: event.target.name.clone(),
        before: event.before.as_ref().map(|json| json.as_str().to_owned()),
        after: event.after.as_ref().map(|json| json.as_str().to_owned()),
        address: event.address.clone(),
        request_id: event.request_id.clone(),
        position: position_column(event.position),
        sequence: Some(sequence),
        hash: None,
        tokens_ended_estimate: event.tokens_ended_estimate.map(u64::cast_signed),
    })
}

impl Store {
    pub fn find_audit_event(
        &self,
        realm: &RealmLabel,
        id: AuditEventId,
    ) -> Result<Option<StoredAuditEvent>, StoreError> {
        let found = audit_event::table
            .filter(audit_event::id.eq(id.to_string()))
            .filter(audit_event::realm.eq(realm.as_str()))
            .first::<Columns>(&mut *self.list_reader()?)
            .optional()?;
        found.map(event).transpose()
    }

    /// Returns events in the order of the trail. The key of a cursor is a sequence number.
    pub fn list_audit_events(
        &self,
        realm: &RealmLabel,
        filter: &AuditFilter,
        query: &Query<()>,
    ) -> Result<Vec<StoredAuditEvent>, StoreError> {
        let mut found = audit_event::table
            .filter(audit_event::realm.eq(realm.as_str()))
            .limit(i64::try_from(query.limit).unwrap_or(i64::MAX))
            .into_boxed();
        if let Some(actor) = &filter.actor {
            found = found.filter(audit_event::actor_name.eq(actor).or(audit_event::actor_id.eq(actor)));
        }
        if let Some(action) = &filter.action {
            found = found.filter(audit_event::action.eq(action));
        }
        if let Some(target) = &filter.target {
            found = found.filter(audit_event::target_id.eq(target).or(audit_event::target_name.eq(target)));
        }
        if let Some(from) = filter.from {
            found = found.filter(audit_event::at.ge(from.epoch_seconds()));
        }
        if let Some(to) = filter.to {
            found = found.filter(audit_event::at.le(to.epoch_seconds()));
        }
        if let Some(search) = &query.search {
            let part = containing(search);
            found = found.filter(
                lower(audit_event::action)
                    .like(part.clone())
                    .escape('\\')
                    .or(lower(audit_event::actor_name).like(part.clone()).escape('\\'))
                    .or(lower(audit_event::target_name).like(part.clone()).escape('\\'))
                    .or(lower(audit_event::target_id).like(part).escape('\\')),
            );
        }
        // An unreadable cursor sorts before every event.
        let after = query.after.as_ref().map(|after| after.key.parse().unwrap_or_default());
        found = match (query.descending, after) {
            (true, None) => found.order(audit_event::sequence.desc()),
            (true, Some(sequence)) => {
                found.filter(audit_event::sequence.lt(sequence)).order(audit_event::sequence.desc())
            }
            (false, None) => found.order(audit_event::sequence.asc()),
            (false, Some(sequence)) => {
                let sequence: i64 = sequence;
                found.filter(audit_event::sequence.gt(sequence)).order(audit_event::sequence.asc())
            }
        };
        let rows = found.load::<Columns>(&mut *self.list_reader()?)?;
        rows.into_iter().map(event).collect()
    }
}

pub fn event(columns: Columns) -> Result<StoredAuditEvent, StoreError> {
    let row = Row { table: "audit_event", id: &columns.id };
    Ok(StoredAuditEvent {
        id: row.parse(&columns.id)?,
        at: row.time(columns.at)?,
        actor_kind: row.json(&columns.actor_kind)?,
        actor_id: columns.actor_id.as_deref().map(|id| row.parse(id)).transpose()?,
        actor_name: columns.actor_name,
        action: columns.action,
        target_kind: columns.target_kind,
        target_id: columns.target_id,
        target_name: columns.target_name,
        before: columns.before.as_deref().map(|text| row.json(text)).transpose()?,
        after: columns.after.as_deref().map(|text| row.json(text)).transpose()?,
        address: columns.address,
        request_id: columns.request_id,
        position: row.position(columns.position)?,
        sequence: columns.sequence.unwrap_or_default(),
        tokens_ended_estimate: columns.tokens_ended_estimate.map(i64::cast_unsigned),
    })
}

/// Refuses what a database cannot store, or a reader of the columns cannot read.
pub fn check_event(event: &AuditEvent) -> Result<(), Unreadable> {
    let texts = [
        Some(event.actor.name.as_str()),
        Some(&event.target.id),
        Some(&event.target.name),
        event.address.as_deref(),
        event.request_id.as_deref(),
    ];
    if texts.into_iter().flatten().any(|text| text.contains('\0')) {
        return Err(unreadable("audit event", NUL));
    }
    for json in [&event.before, &event.after].into_iter().flatten() {
        refuse_nul(json.as_str().as_bytes())?;
    }
    match Timestamp::try_from_epoch_seconds(event.at.epoch_seconds()) {
        Ok(at) if at == event.at => Ok(()),
        _ => Err(unreadable("audit event", "does not read back as it was written")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::{Actor, AuditAction, AuditTarget, Id, Json, TargetKind};
    use serde_json::json;

    #[test]
    fn every_kind_of_event_is_read_from_its_columns_as_it_was_written() {
        let object = json!({"name": "a\u{202e} \"b\"", "list": [1, null, {"deep": true}]});
        for (number, action) in AuditAction::ALL.iter().enumerate() {
            let kind = TargetKind::ALL[number % TargetKind::ALL.len()];
            let written = AuditEvent {
                id: Id::from_u128(number as u128),
                realm: "acme".parse().expect("a label"),
                at: Timestamp::LATEST,
                actor: Actor::member(Id::from_u128(7), "ada@example.org".to_owned()),
                action: *action,
                target: AuditTarget { kind, id: "7".to_owned(), name: "seven".to_owned() },
                before: None,
                after: Some(Json::of(&object).expect("JSON")),
                address: Some("192.0.2.1".to_owned()),
                request_id: None,
                position: Position::new(9),
                tokens_ended_estimate: Some(28),
            };
            check_event(&written).expect("it can be read");
            let read = event(columns(&written, 3).expect("columns")).expect("an event");
            assert_eq!((read.id, read.at, read.position), (written.id, written.at, written.position));
            assert_eq!((read.actor_kind, read.actor_id), (written.actor.kind, written.actor.id));
            assert_eq!((read.action.as_str(), read.target_kind.as_str()), (action.as_str(), kind.as_str()));
            assert_eq!((read.before, read.after), (None, Some(object.clone())));
            assert_eq!((read.address, read.request_id, read.sequence), (written.address, None, 3));
            assert_eq!(read.tokens_ended_estimate, Some(28));
        }
    }
}
