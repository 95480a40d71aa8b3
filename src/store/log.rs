//! The change log: gap-free positions and a hash chain.

use claviger_contract::{Position, Timestamp};
use diesel::prelude::*;

use super::StoreError;
use super::column::{position_column, position_of};
use super::connection::AnyConnection;
use super::schema::{change_log, log_head};
use crate::crypto::{LogHash, chain};
use crate::domain::LogEntry;

/// Where the log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub position: Position,
    pub hash: LogHash,
}

/// A row as read, its place in the chain checked.
#[derive(Clone, Debug)]
pub struct LogRow {
    pub position: Position,
    pub hash: LogHash,
    pub entry: LogEntry,
}

pub fn read_head(connection: &mut AnyConnection) -> Result<Head, StoreError> {
    let row = log_head::table.filter(log_head::id.eq(1)).select((log_head::position, log_head::hash));
    head_of(row.first(connection)?)
}

/// For upkeep that must not meet a writer: until the end of the transaction nobody moves the head.
pub fn lock_head(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let head = log_head::table.filter(log_head::id.eq(1));
    diesel::update(head).set(log_head::position.eq(log_head::position)).execute(connection)?;
    Ok(())
}

/// Returns the new head. The caller holds the lock on `head`.
pub fn append(
    connection: &mut AnyConnection,
    head: Head,
    entry: &LogEntry,
    at: Option<Timestamp>,
) -> Result<Head, StoreError> {
    let body = serde_json::to_vec(entry).map_err(|error| corrupt(head.position, &error))?;
    let next = Head { position: head.position.next(), hash: chain(head.hash, &body) };
    diesel::insert_into(change_log::table)
        .values((
            change_log::position.eq(position_column(next.position)),
            change_log::body.eq(body),
            change_log::hash.eq(next.hash.0.to_vec()),
            change_log::at.eq(at.map(Timestamp::epoch_seconds)),
        ))
        .execute(connection)?;
    Ok(next)
}

/// The hash of a row that is still kept.
pub fn find_hash(connection: &mut AnyConnection, position: Position) -> Result<Option<LogHash>, StoreError> {
    let hash = change_log::table
        .filter(change_log::position.eq(position_column(position)))
        .select(change_log::hash)
        .first::<Vec<u8>>(connection)
        .optional()?;
    hash.map(|hash| hash_of(position, hash)).transpose()
}

/// The first row that is still kept.
pub fn first_position(connection: &mut AnyConnection) -> Result<Option<Position>, StoreError> {
    let first =
        change_log::table.select(diesel::dsl::min(change_log::position)).first::<Option<i64>>(connection)?;
    Ok(first.map(position_of))
}

/// Which life of the data this is: a restore begins a new one.
pub fn read_cluster(connection: &mut AnyConnection) -> Result<String, StoreError> {
    Ok(log_head::table.filter(log_head::id.eq(1)).select(log_head::cluster).first(connection)?)
}

/// At most `limit` rows beyond `head`, in order. A gap or a hash that does not follow is an error, not an end, and so is a
/// first row that only a newer program can read.
pub fn rows_after(connection: &mut AnyConnection, head: Head, limit: i64) -> Result<Vec<LogRow>, StoreError> {
    let stored = change_log::table
        .filter(change_log::position.gt(position_column(head.position)))
        .order(change_log::position.asc())
        .limit(limit)
        .select((change_log::position, change_log::body, change_log::hash))
        .load::<(i64, Vec<u8>, Vec<u8>)>(connection)?;
    let mut rows = Vec::with_capacity(stored.len());
    let mut last = head;
    for (position, body, hash) in stored {
        let position = position_of(position);
        let expected = chain(last.hash, &body);
        if position != last.position.next() || hash != expected.0 {
            return Err(StoreError::Broken { position: position.as_u64() });
        }
        let entry = match serde_json::from_slice(&body) {
            Ok(entry) => entry,
            // What is before it is known, and applied first.
            Err(_) if !rows.is_empty() => break,
            Err(error) => return Err(unread(position, &body, &error)),
        };
        rows.push(LogRow { position, hash: expected, entry });
        last = Head { position, hash: expected };
    }
    Ok(rows)
}

pub fn head_of((position, hash): (i64, Vec<u8>)) -> Result<Head, StoreError> {
    let position = position_of(position);
    Ok(Head { position, hash: hash_of(position, hash)? })
}

fn hash_of(position: Position, hash: Vec<u8>) -> Result<LogHash, StoreError> {
    let hash = <[u8; 32]>::try_from(hash).map_err(|_| StoreError::Broken { position: position.as_u64() })?;
    Ok(LogHash(hash))
}

/// The hash of such a row fits, so somebody has written it who knew how: a row that names a kind is a newer program's.
fn unread(position: Position, body: &[u8], error: &serde_json::Error) -> StoreError {
    #[derive(serde::Deserialize)]
    struct Row {
        change: Act,
    }
    #[derive(serde::Deserialize)]
    struct Act {
        kind: String,
    }
    match serde_json::from_slice::<Row>(body) {
        Ok(Row { change: Act { kind } }) => StoreError::UnknownKind { position: position.as_u64(), kind },
        Err(_) => corrupt(position, error),
    }
}

fn corrupt(position: Position, error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt { table: "change_log", row: position.to_string(), what: error.to_string() }
}
