//! Takes away what is older than its retention, a batch at a time, so that what remains can still be verified.

use claviger_contract::Timestamp;
use diesel::prelude::*;

use super::audit_chain;
use super::log::lock_head;
use super::schema::{audit_event, change_log, log_head};
use super::{Store, StoreError};

/// The head of the log is locked meanwhile: few enough that writers do not notice.
const ROWS_AT_ONCE: i64 = 1_000;

impl Store {
    /// From the beginning of the trail up to the first event that is kept; returns how many went, 0 when there are no more.
    ///
    /// The hash of the last one that went is kept: what remains follows from it.
    pub fn prune_audit_events(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.write(|connection| {
            lock_head(connection)?;
            let anchor = audit_chain::ends(connection)?.anchor;
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
                    // Behind a gap nothing goes: verification has to find it.
                    sequence == expected && *at < before.epoch_seconds()
                });
            let Some(((sequence, hash, _), _)) = old.last() else { return Ok(0) };
            diesel::update(log_head::table.filter(log_head::id.eq(1)))
                .set((
                    log_head::audit_anchor_sequence.eq(sequence),
                    log_head::audit_anchor_hash.eq(Some(hash)),
                ))
                .execute(connection)?;
            let gone = audit_event::table
                .filter(audit_event::sequence.gt(anchor.sequence))
                .filter(audit_event::sequence.le(sequence));
            Ok(diesel::delete(gone).execute(connection)?)
        })
    }

    /// Rows of the change log up to the last one written before `before`. Every node loads the tables and follows from there, and
    /// one that finds a gap loads them again, so nothing but history goes.
    pub fn prune_log(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.write(|connection| {
            lock_head(connection)?;
            let last = change_log::table
                .filter(change_log::at.lt(before.epoch_seconds()))
                .select(diesel::dsl::max(change_log::position))
                .first::<Option<i64>>(connection)?;
            let first = change_log::table
                .select(diesel::dsl::min(change_log::position))
                .first::<Option<i64>>(connection)?;
            let (Some(last), Some(first)) = (last, first) else { return Ok(0) };
            let upto = last.min(first.saturating_add(ROWS_AT_ONCE - 1));
            Ok(diesel::delete(change_log::table.filter(change_log::position.le(upto))).execute(connection)?)
        })
    }
}
