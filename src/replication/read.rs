//! How far the log was read, and the state that it makes.

use std::sync::Arc;

use claviger_contract::Timestamp;

use super::ReplicationError;
use super::history::{note_between, note_rows, refuse_other, refuse_other_row, rows_after};
use super::journal::Journal;
use super::load::load;
use super::private_keys::FromTables;
use crate::crypto::Keyring;
use crate::snapshot::Snapshot;
use crate::store::{Head, Session};

const TIDY_EVERY_SECONDS: i64 = 60;

/// Of tokens that are over: for as long as a wall clock that runs fast and is then put right may make them live again.
const REVOCATION_KEPT_SECONDS: i64 = 86_400;

const NOTHING_FORGOTTEN: Timestamp = Timestamp::from_epoch_seconds(0);

/// It outlives the session that it was read over: another one goes on from there, where the database still has that history.
pub struct Read {
    /// The life of the data.
    pub cluster: String,
    pub head: Head,
    pub snapshot: Arc<Snapshot>,
    /// Revocations of single tokens that were over before it are forgotten.
    forgotten_before: Timestamp,
}

impl Read {
    pub fn new(cluster: String, head: Head, snapshot: Snapshot) -> Self {
        Self { cluster, head, snapshot: Arc::new(snapshot), forgotten_before: NOTHING_FORGOTTEN }
    }

    /// At least up to `target`: what was committed after that was read comes along.
    pub fn catch_up(
        &mut self,
        session: &mut Session,
        target: Head,
        keyring: &Keyring,
        journal: &mut Journal,
        now: Timestamp,
    ) -> Result<(), ReplicationError> {
        refuse_other(journal, self.head, target)?;
        while self.head.position < target.position {
            let rows = rows_after(session, journal, self.head)?;
            refuse_other_row(journal, &rows, target)?;
            let Some(last) = rows.last() else { break };
            let head = Head { position: last.position, hash: last.hash };
            let mut next = (*self.snapshot).clone();
            let mut keys = FromTables { session, keyring };
            for row in &rows {
                next.apply(row.position, &row.entry, &mut keys)?;
            }
            note_rows(journal, &self.cluster, &rows, &next, now);
            (self.snapshot, self.head) = (Arc::new(next), head);
        }
        Ok(())
    }

    /// Forgets revocations of tokens that are long over; they are in the tables when the clock is set back further than that.
    pub fn tidy(
        &mut self,
        session: &mut Session,
        now: Timestamp,
        keyring: &Keyring,
        public_url: &str,
        journal: &mut Journal,
    ) -> Result<(), ReplicationError> {
        if now < self.forgotten_before {
            let (snapshot, head) = load(session, keyring, public_url)?;
            note_between(journal, session, &self.cluster, (self.head, head), &snapshot, now)?;
            (self.snapshot, self.head) = (Arc::new(snapshot), head);
            self.forgotten_before = NOTHING_FORGOTTEN;
        }
        let long_over = now.plus_seconds(-REVOCATION_KEPT_SECONDS);
        if long_over >= self.forgotten_before.plus_seconds(TIDY_EVERY_SECONDS) {
            Arc::make_mut(&mut self.snapshot).forget_tokens_ended_before(long_over);
            self.forgotten_before = long_over;
        }
        Ok(())
    }
}
