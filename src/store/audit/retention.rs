//! Removes expired rows in batches, so that the remaining rows can still be verified.

use claviger_contract::Timestamp;
use diesel::prelude::*;

use crate::store::audit::chain;
use crate::store::column::Row;
use crate::store::connection::AnyConnection;
use crate::store::database::Store;
use crate::store::error::StoreError;
use crate::store::log::head::lock_head;
use crate::store::log::rows::newest_time;
use crate::store::schema::{audit_event, audit_head, change_log};
use claviger_domain::TrustedNow;

const DAY_SECONDS: i64 = 86_400;

pub(in crate::store) fn newest_event(
    connection: &mut AnyConnection,
) -> Result<Option<Timestamp>, StoreError> {
    let audited = audit_event::table
        .filter(audit_event::sequence.is_not_null())
        .order(audit_event::sequence.desc())
        .select(audit_event::at)
        .first::<i64>(connection)
        .optional()?;
    let audited = Row { table: "audit_event", id: "newest" }.time_if_any(audited)?;
    Ok(audited.max(newest_time(connection)?))
}

/// A head is locked during a batch. This size does not delay writers noticeably.
const ROWS_AT_ONCE: i64 = 1_000;

impl Store {
    /// The time of the newest audit event, or of the newest row of the log where that is later.
    pub fn newest_event(&self) -> Result<Option<Timestamp>, StoreError> {
        newest_event(&mut *self.reader()?)
    }

    /// Removes events from the beginning of the trail up to the first event that is kept. Returns the number removed; 0
    /// when none are left.
    ///
    /// Keeps the hash of the last removed event, which the first remaining event follows.
    pub fn prune_audit_events(&self, now: TrustedNow, days: u32) -> Result<usize, StoreError> {
        let before = now.minus_seconds(i64::from(days) * DAY_SECONDS);
        self.write(|connection| {
            chain::lock_end(connection)?;
            let anchor = chain::ends(connection)?.anchor;
            let rows = audit_event::table
                .filter(audit_event::sequence.gt(anchor.sequence))
                .order(audit_event::sequence.asc())
                .limit(ROWS_AT_ONCE)
                .select((
                    audit_event::sequence.assume_not_null(),
                    audit_event::hash.assume_not_null(),
                    audit_event::at,
                ))
                .load::<(i64, Vec<u8>, i64)>(connection)?;
            let old =
                rows.into_iter().zip(anchor.sequence + 1..).take_while(|((sequence, _, at), expected)| {
                    // Retention stops at a gap: verification must find it.
                    sequence == expected && *at < before.epoch_seconds()
                });
            let Some(((sequence, hash, _), _)) = old.last() else { return Ok(0) };
            diesel::update(audit_head::table.filter(audit_head::id.eq(1)))
                .set((audit_head::anchor_sequence.eq(sequence), audit_head::anchor_hash.eq(Some(hash))))
                .execute(connection)?;
            let gone = audit_event::table
                .filter(audit_event::sequence.gt(anchor.sequence))
                .filter(audit_event::sequence.le(sequence));
            Ok(diesel::delete(gone).execute(connection)?)
        })
    }

    /// Removes rows from the beginning of the change log up to the first row that is not older than `days`. Later rows
    /// stay, whatever their date: a row dated by a slow clock removes nothing else. Every node loads the tables and
    /// follows from there, and reloads them when it finds a gap. Only history is removed.
    pub fn prune_log(&self, now: TrustedNow, days: u32) -> Result<usize, StoreError> {
        let before = now.minus_seconds(i64::from(days) * DAY_SECONDS);
        self.write(|connection| {
            lock_head(connection)?;
            let before = before.epoch_seconds();
            let ends = (diesel::dsl::min(change_log::position), diesel::dsl::max(change_log::position));
            let kept = change_log::table.filter(change_log::at.ge(before));
            let (first_kept, _) = kept.select(ends).first::<(Option<i64>, Option<i64>)>(connection)?;
            let old = change_log::table
                .filter(change_log::at.lt(before))
                .filter(change_log::position.lt(first_kept.unwrap_or(i64::MAX)));
            let (_, last) = old.select(ends).first::<(Option<i64>, Option<i64>)>(connection)?;
            let (first, _) =
                change_log::table.select(ends).first::<(Option<i64>, Option<i64>)>(connection)?;
            let (Some(last), Some(first)) = (last, first) else { return Ok(0) };
            let upto = last.min(first.saturating_add(ROWS_AT_ONCE - 1));
            Ok(diesel::delete(change_log::table.filter(change_log::position.le(upto))).execute(connection)?)
        })
    }
}
