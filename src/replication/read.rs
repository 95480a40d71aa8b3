//! How far the log was read, and the resulting state.

use std::collections::VecDeque;
use std::sync::Arc;

use claviger_contract::{Position, Timestamp};

use crate::crypto::Keyring;
use crate::replication::error::ReplicationError;
use crate::replication::history::{note_between, note_rows, refuse_other, refuse_other_row, rows_after};
use crate::replication::journal::Journal;
use crate::replication::load::load;
use crate::replication::private_keys::FromTables;
use crate::snapshot::Snapshot;
use crate::store::{Head, Session};
use claviger_domain::{Moment, RESTRICTIONS_KEPT_SECONDS, TrustedNow};

const TIDY_EVERY_SECONDS: i64 = 60;

/// How long ended entries are kept: the longest lifetime of an access token, and an hour for fast wall clocks that are
/// corrected.
const ENDED_KEPT_SECONDS: i64 = 86_400 + 3_600;

const NOTHING_FORGOTTEN: Timestamp = Timestamp::from_epoch_seconds(0);

/// Acts before this time have ended only what is over, if the time is trusted.
pub fn made_before(now: Moment) -> Option<Timestamp> {
    now.trusted.map(|now| now.minus_seconds(RESTRICTIONS_KEPT_SECONDS))
}

/// Outlives its session: another session continues from it if the database still has that history.
pub struct Read {
    /// The cluster id.
    pub cluster: String,
    pub head: Head,
    pub snapshot: Arc<Snapshot>,
    /// Entries that ended before this time are dropped.
    forgotten_before: Timestamp,
    /// Whether some of these are still to be dropped.
    more_to_forget: bool,
    /// How far the log was read at given times, the oldest first. They decide which answers to repeated requests are
    /// dropped.
    marks: VecDeque<(Timestamp, Position)>,
}

impl Read {
    pub fn new(cluster: String, head: Head, snapshot: Snapshot) -> Self {
        Self {
            cluster,
            head,
            snapshot: Arc::new(snapshot),
            forgotten_before: NOTHING_FORGOTTEN,
            more_to_forget: false,
            marks: VecDeque::new(),
        }
    }

    /// Reads at least up to `target`. Rows committed later may be included.
    pub fn catch_up(
        &mut self,
        session: &mut Session,
        target: Head,
        keyring: &Keyring,
        journal: &mut Journal,
        now: Moment,
    ) -> Result<(), ReplicationError> {
        refuse_other(journal, self.head, target)?;
        while self.head.position < target.position {
            let rows = rows_after(session, journal, self.head)?;
            refuse_other_row(journal, &rows, target)?;
            let Some(last) = rows.last() else { break };
            if rows.iter().any(|row| row.entry.is_none()) {
                return Err(ReplicationError::Skipped);
            }
            let head = Head { position: last.position, hash: last.hash };
            let mut next = (*self.snapshot).clone();
            next.note_read_at(now.at);
            let mut keys = FromTables { session, keyring };
            for row in &rows {
                if let Some(entry) = &row.entry {
                    next.apply(row.position, entry, &mut keys)?;
                }
            }
            note_rows(journal, &self.cluster, &rows, &next, now);
            (self.snapshot, self.head) = (Arc::new(next), head);
        }
        Ok(())
    }

    fn forget_restrictions(&mut self, now: TrustedNow) {
        let (now, made_before) = (now.at(), now.minus_seconds(RESTRICTIONS_KEPT_SECONDS));
        self.marks.push_back((now, self.head.position));
        let old = |(at, _): &mut (Timestamp, Position)| at.plus_seconds(RESTRICTIONS_KEPT_SECONDS) <= now;
        let mut upto = None;
        while let Some((_, position)) = self.marks.pop_front_if(old) {
            upto = Some(position);
        }
        let upto = upto.unwrap_or_default();
        Arc::make_mut(&mut self.snapshot).forget_restrictions(upto, made_before);
    }

    /// Drops entries that ended long ago, if the time is trusted. The tables keep them, in case the time was wrong.
    pub fn tidy(
        &mut self,
        session: &mut Session,
        now: Moment,
        keyring: &Keyring,
        public_url: &str,
        journal: &mut Journal,
    ) -> Result<(), ReplicationError> {
        if now.at < self.forgotten_before {
            let (snapshot, head) = load(session, keyring, public_url, made_before(now))?;
            note_between(journal, session, &self.cluster, (self.head, head), &snapshot, now)?;
            (self.snapshot, self.head) = (Arc::new(snapshot), head);
            self.forgotten_before = NOTHING_FORGOTTEN;
        }
        let Some(now) = now.trusted else { return Ok(()) };
        let long_over = now.minus_seconds(ENDED_KEPT_SECONDS);
        let is_due = long_over >= self.forgotten_before.plus_seconds(TIDY_EVERY_SECONDS);
        if is_due {
            self.forget_restrictions(now);
        }
        if self.more_to_forget || is_due {
            let before = long_over.max(self.forgotten_before);
            self.more_to_forget = Arc::make_mut(&mut self.snapshot).forget_tokens_ended_before(before);
            self.forgotten_before = before;
        }
        Ok(())
    }
}
