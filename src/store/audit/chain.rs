//! The hash chain of the audit events: each is numbered, and its hash covers every column and every event before it.

use diesel::prelude::*;

use crate::crypto::{LogHash, chain};
use crate::store::audit::events::{Columns, columns};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::{audit_event, audit_head};
use claviger_domain::AuditEvent;

/// A place in the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    pub sequence: i64,
    pub hash: LogHash,
}

/// Where the chain begins and ends.
pub struct Ends {
    /// The last event that retention removed, or the zero link.
    pub anchor: Link,
    /// `None` until the events that predate the chain are chained.
    pub head: Option<Link>,
}

const ROWS_AT_ONCE: i64 = 1_000;

pub fn ends(connection: &mut AnyConnection) -> Result<Ends, StoreError> {
    let (sequence, hash, anchor, anchor_hash) = audit_head::table
        .filter(audit_head::id.eq(1))
        .select((
            audit_head::sequence,
            audit_head::hash,
            audit_head::anchor_sequence,
            audit_head::anchor_hash,
        ))
        .first::<(Option<i64>, Option<Vec<u8>>, i64, Option<Vec<u8>>)>(connection)?;
    Ok(Ends { anchor: Link { sequence: anchor, hash: hash_of(anchor_hash)? }, head: end(sequence, hash)? })
}

fn end(sequence: Option<i64>, hash: Option<Vec<u8>>) -> Result<Option<Link>, StoreError> {
    sequence.map(|sequence| Ok(Link { sequence, hash: hash_of(hash)? })).transpose()
}

/// Locks the end of the chain until the transaction ends, so that numbers are dense and in the order of the commits. A
/// transaction that also locks the head of the log has done so before.
///
/// This statement is a write, so it also starts an immediate transaction on SQLite.
pub fn lock_end(connection: &mut AnyConnection) -> Result<Link, StoreError> {
    let (sequence, hash) = diesel::update(audit_head::table.filter(audit_head::id.eq(1)))
        .set(audit_head::sequence.eq(audit_head::sequence))
        .returning((audit_head::sequence, audit_head::hash))
        .get_result::<(Option<i64>, Option<Vec<u8>>)>(connection)?;
    Ok(end(sequence, hash)?.unwrap_or_default())
}

/// Appends after `head`, which the caller has locked.
pub fn append(
    connection: &mut AnyConnection,
    mut head: Link,
    events: &[AuditEvent],
) -> Result<(), StoreError> {
    for event in events {
        let mut row = columns(event, head.sequence + 1)?;
        head = follow(head, &row);
        row.hash = Some(head.hash.0.to_vec());
        diesel::insert_into(audit_event::table).values(row).execute(connection)?;
    }
    move_head(connection, head)
}

/// The link that an event must have after `previous`.
pub fn follow(previous: Link, row: &Columns) -> Link {
    let sequence = previous.sequence + 1;
    Link { sequence, hash: chain(previous.hash, &bytes(sequence, row)) }
}

/// Runs once, after the migration that added the chain. A later row without a number was not written by this program.
pub fn chain_older_events(connection: &mut AnyConnection) -> Result<(), StoreError> {
    if ends(connection)?.head.is_some() {
        return Ok(());
    }
    connection.transaction(|connection| {
        lock_end(connection)?;
        let mut head = Link::default();
        loop {
            let rows = audit_event::table
                .filter(audit_event::sequence.is_null())
                .order((audit_event::position.asc(), audit_event::realm.asc()))
                .limit(ROWS_AT_ONCE)
                .load::<Columns>(connection)?;
            if rows.is_empty() {
                return move_head(connection, head);
            }
            for row in rows {
                head = follow(head, &row);
                diesel::update(audit_event::table.filter(audit_event::id.eq(&row.id)))
                    .set((
                        audit_event::sequence.eq(head.sequence),
                        audit_event::hash.eq(head.hash.0.to_vec()),
                    ))
                    .execute(connection)?;
            }
        }
    })
}

/// Returns rows in chain order, at most one batch.
pub fn rows_after(connection: &mut AnyConnection, sequence: i64) -> Result<Vec<Columns>, StoreError> {
    Ok(audit_event::table
        .filter(audit_event::sequence.gt(sequence))
        .order(audit_event::sequence.asc())
        .limit(ROWS_AT_ONCE)
        .load(connection)?)
}

fn move_head(connection: &mut AnyConnection, head: Link) -> Result<(), StoreError> {
    diesel::update(audit_head::table.filter(audit_head::id.eq(1)))
        .set((audit_head::sequence.eq(Some(head.sequence)), audit_head::hash.eq(Some(head.hash.0.to_vec()))))
        .execute(connection)?;
    Ok(())
}

fn hash_of(column: Option<Vec<u8>>) -> Result<LogHash, StoreError> {
    let Some(bytes) = column else { return Ok(LogHash::default()) };
    <[u8; 32]>::try_from(bytes).map(LogHash).map_err(|_| StoreError::Corrupt {
        table: "audit_head",
        row: "1".to_owned(),
        what: "a hash has 32 bytes".to_owned(),
    })
}

/// Prefixes each column with its length, so that no two rows have the same bytes. The exhaustive pattern forces every
/// new column to be covered.
fn bytes(sequence: i64, row: &Columns) -> Vec<u8> {
    let Columns {
        id,
        realm,
        at,
        actor_kind,
        actor_id,
        actor_name,
        action,
        target_kind,
        target_id,
        target_name,
        before,
        after,
        address,
        request_id,
        position,
        sequence: _,
        hash: _,
        tokens_ended_estimate,
    } = row;
    let mut bytes = Vec::new();
    for number in [sequence, *at, *position] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    let always = [id, realm, actor_kind, actor_name, action, target_kind, target_id, target_name];
    let perhaps = [actor_id, before, after, address, request_id];
    let texts = always.into_iter().map(Some).chain(perhaps.into_iter().map(Option::as_ref));
    for text in texts {
        bytes.push(u8::from(text.is_some()));
        let text = text.map_or("", String::as_str);
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    // Absent in events of earlier versions, whose bytes stay the same. What precedes it shows by itself where it ends.
    if let Some(ended) = tokens_ended_estimate {
        bytes.push(1);
        bytes.extend_from_slice(&ended.to_be_bytes());
    }
    bytes
}
