//! A server's membership row in the database: signing in, renewing the lease, and eviction.

use std::time::Duration;

use claviger_contract::Position;

use crate::replication::error::ReplicationError;
use crate::store::{Head, Session, StoreError};
use claviger_domain::{Clock, ClockReading, LEASE_FROM_REPLY, Pace, RENEW_EVERY, Tenure};

/// The state of one sign-in.
pub struct Membership {
    pub node: String,
    /// The id of this run; each sign-in appends a number.
    pub run: String,
    pub incarnation: String,
    pub joined: u64,
    pub tenure: Tenure,
    pub pace: Pace,
    /// The time from the last renewal to the next.
    pub renew_after: Duration,
    /// A time before the last successful write.
    wrote_at: Duration,
    /// On SQLite: the lease was renewed without a row, because another connection was writing.
    pub owes_row: bool,
    /// Both clocks, read before the last renewal was requested.
    pub clocks: Option<ClockReading>,
}

impl Membership {
    /// The boot clock measures the lease. If it may have stopped, there is no lease.
    pub fn compare(
        &mut self,
        clock: &dyn Clock,
        asked_at: ClockReading,
        renewed: bool,
    ) -> Result<(), ReplicationError> {
        let before = self.clocks.unwrap_or(asked_at);
        if ClockReading::take(clock).has_drifted(before) {
            return Err(ReplicationError::ClocksApart);
        }
        if renewed || self.clocks.is_none() {
            self.clocks = Some(asked_at);
        }
        Ok(())
    }

    /// Uses a number that this run has not used.
    pub fn join(
        session: &mut Session,
        node: &str,
        run: &str,
        joined: u64,
        now: Duration,
    ) -> Result<Self, ReplicationError> {
        let incarnation = format!("{run}-{joined}");
        if !session.join(&incarnation, node)? {
            return Err(ReplicationError::Closed);
        }
        let (node, run) = (node.to_owned(), run.to_owned());
        let (tenure, pace) = (Tenure::default(), Pace::of(&incarnation));
        let (joined, renew_after, clocks) = (joined + 1, RENEW_EVERY, None);
        let (wrote_at, owes_row) = (now, false);
        Ok(Self { node, run, incarnation, joined, tenure, pace, renew_after, wrote_at, owes_row, clocks })
    }

    /// Returns the head after the renewal, and whether it renews the lease. It does not if a required standby lacks its
    /// commit. An evicted server has no lease: it signs in under another number and catches up from its state.
    pub fn renew(
        &mut self,
        session: &mut Session,
        applied: Position,
        clock: &dyn Clock,
        asked_at: Duration,
    ) -> Result<(Head, bool), ReplicationError> {
        let mut renewed = session.renew(&self.incarnation, applied)?;
        if renewed.is_none() {
            *self = Self::join(session, &self.node, &self.run, self.joined, asked_at)?;
            renewed = session.renew(&self.incarnation, applied)?;
        }
        let head = renewed.ok_or(ReplicationError::SignedOut)?;
        if !session.is_replicated()? {
            return Ok((head, false));
        }
        let asked_at = if LEASE_FROM_REPLY { clock.since_boot() } else { asked_at };
        self.tenure = Tenure::renewed(asked_at, head.position);
        self.renew_after = self.pace.take_next();
        Ok((head, true))
    }

    /// For the only server of an SQLite database. Returns the head, and whether the write succeeded. While another
    /// connection writes, perhaps for a long change of this server, a successful read suffices: no other server exists,
    /// and no row is missed.
    pub fn renew_alone(
        &mut self,
        session: &mut Session,
        applied: Position,
        clock: &dyn Clock,
        asked_at: Duration,
    ) -> Result<(Head, bool), ReplicationError> {
        session.check_space().map_err(ReplicationError::Unwritable)?;
        match self.renew(session, applied, clock, asked_at) {
            Ok((head, _)) => {
                self.wrote_at = asked_at;
                self.owes_row = false;
                Ok((head, true))
            }
            Err(ReplicationError::Store(error))
                if error.is_locked_out() && asked_at < self.wrote_at + LOCKED_OUT_AT_MOST =>
            {
                let head = session.head()?;
                self.owes_row = true;
                self.tenure = Tenure::renewed(asked_at, head.position);
                Ok((head, false))
            }
            Err(error) => Err(unwritable(error)),
        }
    }
}

/// As long as a change waits for its turn to write; after that, changes fail.
const LOCKED_OUT_AT_MOST: Duration = Duration::from_secs(10);

/// Converts the error of a failed write.
pub fn unwritable(error: ReplicationError) -> ReplicationError {
    match error {
        ReplicationError::Store(error) if !matches!(error, StoreError::Replaced { .. }) => {
            ReplicationError::Unwritable(error)
        }
        other => other,
    }
}
