//! The change log: gap-free positions and a hash chain.

use claviger_contract::{Position, Timestamp};
use diesel::prelude::*;

use crate::crypto::{LogHash, chain};
use crate::store::column::{Row, position_column, position_of};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::log::entry::{Entry, member_before, without_place};
use crate::store::log::head::{Head, hash_of};
use crate::store::schema::{change_log, log_head};
use claviger_domain::{Change, LogEntry};

/// A row as read. Its link in the chain is verified.
#[derive(Clone, Debug)]
pub struct LogRow {
    pub position: Position,
    pub hash: LogHash,
    /// `None` for a damaged row that the operator has skipped. Its remaining effects are in the tables.
    pub entry: Option<LogEntry>,
}

/// Returns the new head. The caller holds the lock on `head`.
pub fn append(
    connection: &mut AnyConnection,
    head: Head,
    entry: &Entry,
    at: Option<Timestamp>,
) -> Result<Head, StoreError> {
    let body = entry.body.as_slice();
    let next = Head { position: head.position.next(), hash: chain(head.hash, body) };
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

/// The hash of a row, if it is still kept.
pub fn find_hash(connection: &mut AnyConnection, position: Position) -> Result<Option<LogHash>, StoreError> {
    let hash = change_log::table
        .filter(change_log::position.eq(position_column(position)))
        .select(change_log::hash)
        .first::<Vec<u8>>(connection)
        .optional()?;
    hash.map(|hash| hash_of(position, hash)).transpose()
}

/// The time of the last row that has a time.
pub fn newest_time(connection: &mut AnyConnection) -> Result<Option<Timestamp>, StoreError> {
    let newest = change_log::table
        .filter(change_log::at.is_not_null())
        .order(change_log::position.desc())
        .select(change_log::at)
        .first::<Option<i64>>(connection)
        .optional()?;
    Row { table: "change_log", id: "newest" }.time_if_any(newest.flatten())
}

/// The first row that is still kept.
pub fn first_position(connection: &mut AnyConnection) -> Result<Option<Position>, StoreError> {
    let first =
        change_log::table.select(diesel::dsl::min(change_log::position)).first::<Option<i64>>(connection)?;
    Ok(first.map(position_of))
}

/// The cluster id. A restore assigns a new one.
pub fn read_cluster(connection: &mut AnyConnection) -> Result<String, StoreError> {
    Ok(log_head::table.filter(log_head::id.eq(1)).select(log_head::cluster).first(connection)?)
}

/// Returns at most `limit` rows after `head`, in order. A gap or a hash that does not match is an error, not an end. So
/// is a first row that only a newer program can read.
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
        let hash = hash_of(position, hash)?;
        if position != last.position.next() {
            return Err(StoreError::Broken { position: position.as_u64() });
        }
        let entry = match read_body(position, last.hash, &body, hash) {
            Ok(entry) => Some(entry),
            // Return the preceding rows, which are applied first.
            Err(_) if !rows.is_empty() => break,
            Err(_) if is_skipped(connection, Head { position, hash })? => None,
            Err(error) => return Err(error),
        };
        rows.push(LogRow { position, hash, entry });
        last = Head { position, hash };
    }
    Ok(rows)
}

/// `previous` is the hash of the preceding row.
pub fn read_body(
    position: Position,
    previous: LogHash,
    body: &[u8],
    hash: LogHash,
) -> Result<LogEntry, StoreError> {
    if chain(previous, body) != hash {
        return Err(StoreError::Broken { position: position.as_u64() });
    }
    parse_body(position, body)
}

pub fn parse_body(position: Position, body: &[u8]) -> Result<LogEntry, StoreError> {
    serde_json::from_slice(body).map_err(|error| unread(position, body, &error))
}

/// Whether a later row records the skip.
fn is_skipped(connection: &mut AnyConnection, damaged: Head) -> Result<bool, StoreError> {
    let skips = find_skips(connection, damaged.position)?;
    Ok(skips.contains(&(damaged.position, damaged.hash.to_string())))
}

/// Positions and hashes of the rows that the rows after `position` skip.
pub fn find_skips(
    connection: &mut AnyConnection,
    position: Position,
) -> Result<Vec<(Position, String)>, StoreError> {
    let (mut after, mut skips) = (position, Vec::new());
    loop {
        let rows = change_log::table
            .filter(change_log::position.gt(position_column(after)))
            .order(change_log::position.asc())
            .limit(ROWS_AT_ONCE)
            .select((change_log::position, change_log::body))
            .load::<(i64, Vec<u8>)>(connection)?;
        let Some((last, _)) = rows.last() else { return Ok(skips) };
        after = position_of(*last);
        skips.extend(rows.iter().filter_map(|(_, body)| match serde_json::from_slice::<LogEntry>(body) {
            Ok(LogEntry { change: Change::LogRowSkipped { position, hash }, .. }) => Some((position, hash)),
            _ => None,
        }));
    }
}

const ROWS_AT_ONCE: i64 = 1_000;

/// A row of an unknown kind was written by a newer program; any other unreadable row is damaged.
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
        Ok(Row { change: Act { kind } }) if !Change::KINDS.contains(&kind.as_str()) => {
            StoreError::UnknownKind { position: position.as_u64(), kind }
        }
        read => {
            let kind = read.map_or_else(|_| "no version can read it".to_owned(), |row| row.change.kind);
            let field = member_before(body, error.column()).map(|field| format!(", field {field}"));
            let what = format!("{kind}{}: {}", field.unwrap_or_default(), without_place(error));
            StoreError::Damaged { position: position.as_u64(), what }
        }
    }
}
