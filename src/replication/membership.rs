//! A server's row in the database, which says that it answers: signing in, renewing its lease, and when that is given back.

use std::time::Duration;

use claviger_contract::Position;

use super::ReplicationError;
use crate::domain::{Clock, ClockReading, LEASE_FROM_REPLY, Pace, RENEW_EVERY, Tenure};
use crate::store::{Head, Session};

/// Of one signing in.
pub struct Membership {
    pub node: String,
    /// Of this run; each signing in has a number behind it.
    pub run: String,
    pub incarnation: String,
    pub joined: u64,
    pub tenure: Tenure,
    pub pace: Pace,
    /// After the last one.
    pub renew_after: Duration,
    /// Both clocks at the time before the last renewal was asked for.
    pub clocks: Option<ClockReading>,
}

impl Membership {
    /// The boot clock measures the lease: where it is not known to have run on, there is none.
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

    /// Under a number that this run has not used.
    pub fn join(session: &mut Session, node: &str, run: &str, joined: u64) -> Result<Self, ReplicationError> {
        let incarnation = format!("{run}-{joined}");
        if !session.join(&incarnation, node)? {
            return Err(ReplicationError::Closed);
        }
        let (node, run) = (node.to_owned(), run.to_owned());
        let (tenure, pace) = (Tenure::default(), Pace::of(&incarnation));
        let (joined, renew_after, clocks) = (joined + 1, RENEW_EVERY, None);
        Ok(Self { node, run, incarnation, joined, tenure, pace, renew_after, clocks })
    }

    /// The head after it. Whoever was evicted, while loading or stopped, has a lease that is over: it signs in under another
    /// number, and what it has read is caught up from there.
    pub fn renew(
        &mut self,
        session: &mut Session,
        applied: Position,
        clock: &dyn Clock,
    ) -> Result<Head, ReplicationError> {
        let asked_at = clock.since_boot();
        let mut renewed = session.renew(&self.incarnation, applied)?;
        if renewed.is_none() {
            *self = Self::join(session, &self.node, &self.run, self.joined)?;
            renewed = session.renew(&self.incarnation, applied)?;
        }
        let head = renewed.ok_or(ReplicationError::SignedOut)?;
        let asked_at = if LEASE_FROM_REPLY { clock.since_boot() } else { asked_at };
        self.tenure = Tenure::renewed(asked_at, head.position);
        self.renew_after = self.pace.take_next();
        Ok(head)
    }
}
