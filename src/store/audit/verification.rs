//! Verifies the audit trail: no event may be edited, missing, added or cut off.

use claviger_contract::{Position, RealmLabel};
use diesel::prelude::*;

use crate::crypto::LogHash;
use crate::store::audit::chain::{Link, ends, follow, rows_after};
use crate::store::audit::events::Columns;
use crate::store::column::position_of;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::schema::audit_event;

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditVerification {
    /// The number of valid events, from the first that is kept.
    pub fitting: u64,
    /// The number of earlier events that retention removed.
    pub pruned: u64,
    /// The hash of the last valid event, for the operator to record elsewhere.
    pub end: LogHash,
    pub fault: Option<AuditFault>,
}

/// The first invalid event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    #[error("{0} was edited, or the event before it: its hash does not match")]
    Edited(EventName),
    #[error("the events {first} to {last} are missing")]
    Missing { first: i64, last: i64 },
    #[error("the trail was truncated: the events {first} to {last} are missing")]
    CutOff { first: i64, last: i64 },
    #[error("{0} was inserted: this program did not write it")]
    Inserted(EventName),
    #[error("the trail's end in audit_head was edited: its hash differs from that of event {0}")]
    Head(i64),
}

/// Identifies an event. It contains no user-chosen names, which may hold any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventName {
    sequence: Option<i64>,
    position: Position,
    realm: String,
    id: String,
}

impl std::fmt::Display for EventName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.sequence {
            Some(sequence) => write!(f, "event {sequence}")?,
            None => f.write_str("an event without a number")?,
        }
        // An attacker with write access may put line breaks anywhere.
        let realm =
            self.realm.parse::<RealmLabel>().map_or_else(|_| "?".to_owned(), |label| label.to_string());
        write!(f, " (realm {realm}, position {}, id {:?})", self.position, self.id)
    }
}

impl From<&Columns> for EventName {
    fn from(row: &Columns) -> Self {
        Self {
            sequence: row.sequence,
            position: position_of(row.position),
            realm: row.realm.clone(),
            id: row.id.clone(),
        }
    }
}

/// Reads one snapshot in batches; `progress` receives the number of events read.
pub fn verify(
    connection: &mut AnyConnection,
    progress: &mut dyn FnMut(u64),
) -> Result<AuditVerification, StoreError> {
    connection.transaction(|connection| {
        connection.read_as_of_now()?;
        let ends = ends(connection)?;
        let mut walk = Walk { last: ends.anchor, head: ends.head.unwrap_or(ends.anchor) };
        let mut fault = None;
        'reading: loop {
            let rows = rows_after(connection, walk.last.sequence)?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                fault = walk.step(row);
                if fault.is_some() {
                    break 'reading;
                }
            }
            progress(walk.fitting(ends.anchor));
        }
        let fault = match fault.or_else(|| walk.at_the_end()) {
            Some(fault) => Some(fault),
            None => stranger(connection, ends.anchor)?,
        };
        Ok(AuditVerification {
            fitting: walk.fitting(ends.anchor),
            pruned: ends.anchor.sequence.unsigned_abs(),
            end: walk.last.hash,
            fault,
        })
    })
}

/// Verifies only the last rows, starting from a hash that is trusted.
pub fn verify_last(connection: &mut AnyConnection, rows: i64) -> Result<Option<AuditFault>, StoreError> {
    connection.transaction(|connection| {
        connection.read_as_of_now()?;
        let ends = ends(connection)?;
        let head = ends.head.unwrap_or(ends.anchor);
        let from = (head.sequence - rows).max(ends.anchor.sequence);
        let last = if from == ends.anchor.sequence {
            ends.anchor
        } else {
            let hash = audit_event::table
                .filter(audit_event::sequence.eq(from))
                .select(audit_event::hash)
                .first::<Option<Vec<u8>>>(connection)
                .optional()?;
            let Some(hash) = hash.flatten().and_then(|hash| <[u8; 32]>::try_from(hash).ok()) else {
                return Ok(Some(AuditFault::Missing { first: from, last: from }));
            };
            Link { sequence: from, hash: LogHash(hash) }
        };
        let mut walk = Walk { last, head };
        for row in rows_after(connection, from)? {
            if let Some(fault) = walk.step(&row) {
                return Ok(Some(fault));
            }
        }
        Ok(walk.at_the_end())
    })
}

struct Walk {
    last: Link,
    head: Link,
}

impl Walk {
    fn fitting(&self, anchor: Link) -> u64 {
        (self.last.sequence - anchor.sequence).unsigned_abs()
    }

    fn step(&mut self, row: &Columns) -> Option<AuditFault> {
        let sequence = row.sequence.unwrap_or_default();
        if sequence > self.head.sequence && self.last.sequence == self.head.sequence {
            return Some(AuditFault::Inserted(row.into()));
        }
        if sequence != self.last.sequence + 1 {
            return Some(AuditFault::Missing { first: self.last.sequence + 1, last: sequence - 1 });
        }
        let expected = follow(self.last, row);
        if row.hash.as_deref() != Some(expected.hash.0.as_slice()) {
            return Some(AuditFault::Edited(row.into()));
        }
        self.last = expected;
        None
    }

    fn at_the_end(&self) -> Option<AuditFault> {
        if self.last.sequence < self.head.sequence {
            return Some(AuditFault::CutOff { first: self.last.sequence + 1, last: self.head.sequence });
        }
        (self.last.hash != self.head.hash).then_some(AuditFault::Head(self.last.sequence))
    }
}

/// Finds a row outside the chain.
fn stranger(connection: &mut AnyConnection, anchor: Link) -> Result<Option<AuditFault>, StoreError> {
    let row = audit_event::table
        .filter(audit_event::sequence.is_null().or(audit_event::sequence.le(anchor.sequence)))
        .order(audit_event::position.asc())
        .first::<Columns>(connection)
        .optional()?;
    Ok(row.as_ref().map(|row| AuditFault::Inserted(row.into())))
}
