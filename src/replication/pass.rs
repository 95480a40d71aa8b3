//! One pass of the follower, in the same steps as the model of the protocol (`FOLLOWER_STEPS`).

use std::sync::Arc;
use std::time::Duration;

use claviger_contract::Position;

use crate::replication::error::ReplicationError;
use crate::replication::follow::{Follower, State, compare_clocks};
use crate::snapshot::{Origin, Published};
use crate::store::{Head, Session};
use claviger_domain::{
    APPLIED_TOO_EARLY, Clock, ClockReading, FOLLOWER_STEPS, FollowerStep, Following, LEASE, Lease,
    RENEW_EVERY, ServingMember,
};

/// Time since the previous renewal: half of its lease is over then.
const LATE: Duration = Duration::from_millis(1_500);

/// The request made to the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Head,
    Renewed,
    /// A required standby lacks the commit of the renewal: it renews nothing.
    Unreplicated,
}

/// The state of a pass after the steps taken.
struct Pass {
    /// The number of this read of the log.
    look: u64,
    asked_at: Duration,
    clocks: ClockReading,
    /// The time of the previous renewal.
    renewed_before: Option<Duration>,
    /// How far the log was read before this pass.
    before: Position,
    /// How far to read.
    target: Head,
    asked: Asked,
}

impl Follower {
    /// Applies everything committed before the request, before a lease counts.
    pub(super) fn pass(&mut self) -> Result<(), ReplicationError> {
        let Some(mut state) = self.state.take() else { return Ok(()) };
        let taken = self.take_steps(&mut state);
        self.state = Some(state);
        let asked = taken?;
        if asked == Asked::Unreplicated {
            self.lost(&ReplicationError::Unreplicated);
        } else if asked == Asked::Renewed
            || self.snapshots.follower_status().following != Following::Unreplicated
        {
            self.found();
        }
        Ok(())
    }

    fn take_steps(&mut self, state: &mut State) -> Result<Asked, ReplicationError> {
        let mut pass = Pass {
            look: self.snapshots.begin_look(),
            asked_at: self.clock.since_boot(),
            clocks: ClockReading::take(&*self.clock),
            renewed_before: state.membership.as_ref().and_then(|member| member.tenure.asked_at()),
            before: state.read.head.position,
            target: state.read.head,
            asked: Asked::Head,
        };
        for step in FOLLOWER_STEPS {
            match step {
                FollowerStep::TakeTime => {
                    pass.asked_at = self.clock.since_boot();
                    pass.clocks = ClockReading::take(&*self.clock);
                }
                FollowerStep::Renew => self.renew(state, &mut pass)?,
                FollowerStep::CatchUp => self.catch_up(state, &pass)?,
                FollowerStep::Publish => self.publish(state, &pass)?,
                FollowerStep::Confirm => self.confirm(state, &pass)?,
            }
        }
        Ok(pass.asked)
    }

    fn renew(&mut self, state: &mut State, pass: &mut Pass) -> Result<(), ReplicationError> {
        // On SQLite the row must report only published positions: no request is answered from an unpublished one yet.
        let published = (!self.is_shared()).then(|| self.snapshots.latest().position);
        (pass.target, pass.asked) = state.ask(&*self.clock, pass.asked_at, published)?;
        if let Some(member) = &state.membership {
            // An evicted server has signed in anew.
            self.snapshots.note_incarnation(&member.incarnation);
        }
        self.master_keys.look(
            &mut state.session,
            &self.keyring,
            state.membership.as_ref(),
            &self.part,
            pass.asked_at,
        )?;
        if pass.asked == Asked::Renewed {
            compare_clocks(&mut state.session, &self.alarm)?;
        }
        if APPLIED_TOO_EARLY && let Some(member) = &state.membership {
            state.session.note_applied(&member.incarnation, pass.target.position)?;
        }
        Ok(())
    }

    fn catch_up(&mut self, state: &mut State, pass: &Pass) -> Result<(), ReplicationError> {
        let now = self.alarm.moment();
        let State { session, read, membership, .. } = state;
        read.catch_up(session, pass.target, &self.keyring, &mut self.journal, now)?;
        // Taken after the head was read: what was written under a clock that was set back is published under that
        // clock.
        let now = self.alarm.moment();
        read.tidy(session, now, &self.keyring, &self.public_url, &mut self.journal)?;
        // On SQLite no node waits for the end of a lease, so clocks are not compared.
        if let Some(member) = membership.as_mut().filter(|_| self.is_shared()) {
            member.compare(&*self.clock, pass.clocks, pass.asked == Asked::Renewed)?;
        }
        Ok(())
    }

    fn publish(&mut self, state: &mut State, pass: &Pass) -> Result<(), ReplicationError> {
        let lease = match &state.membership {
            None => Lease::Until(pass.asked_at + LEASE),
            Some(member) => member.tenure.lease(state.read.head.position),
        };
        // Checked after all reads: what was committed into a file that is gone by now must not count as applied.
        state.session.check_place()?;
        let published = Published { snapshot: state.read.snapshot.clone(), origin: self.origin(state) };
        self.snapshots.publish(published, lease, Some(pass.look));
        self.note_slowness(pass);
        Ok(())
    }

    /// The same value as before, unless the server has signed in again.
    fn origin(&self, state: &State) -> Arc<Origin> {
        let known = self.snapshots.latest_with_origin().origin;
        let cluster = &state.read.cluster;
        let incarnation = state.membership.as_ref().map_or("", |member| &member.incarnation);
        if known.cluster == *cluster && known.incarnation == incarnation {
            return known;
        }
        Arc::new(Origin { cluster: cluster.clone(), incarnation: incarnation.to_owned() })
    }

    fn note_slowness(&self, pass: &Pass) {
        let renewed = pass.asked == Asked::Renewed;
        let published_at = self.clock.since_boot();
        if renewed && pass.renewed_before.is_some_and(|at| published_at > at + LATE) {
            self.snapshots.note(|follower| follower.late_renewals += 1);
        }
        let took = published_at.saturating_sub(pass.asked_at);
        if took > RENEW_EVERY {
            tracing::warn!(
                took_ms = took.as_millis(),
                renewed,
                "the database is slow: the lease may expire before it is renewed"
            );
        }
    }

    fn confirm(&mut self, state: &mut State, pass: &Pass) -> Result<(), ReplicationError> {
        let Some(member) = &state.membership else { return Ok(()) };
        let (joined, own) = (member.joined, member.incarnation.clone());
        if self.is_shared() {
            state.confirm(pass)?;
        } else {
            // Changes of this server do not wait for its row.
            let is_foreign = self.snapshots.committed_at(state.read.head.position).is_none();
            state.confirm_alone(pass, is_foreign)?;
        }
        if pass.asked == Asked::Renewed {
            self.evict_silent(&mut state.session, &own, state.read.head.position)?;
        }
        self.signed_in(joined);
        Ok(())
    }

    fn evict_silent(
        &mut self,
        session: &mut Session,
        own: &str,
        position: Position,
    ) -> Result<(), ReplicationError> {
        let versions = session.members_and_versions()?;
        let members: Vec<ServingMember> = versions.iter().map(|(member, _)| member.clone()).collect();
        let seen_at = self.clock.since_boot();
        self.snapshots.note(|follower| follower.members = members.len());
        self.snapshots.note_roster(|roster| roster.observe(versions, own, position, seen_at));
        for gone in self.watch.observe(&members, seen_at) {
            if session.evict(&gone)? {
                tracing::warn!(
                    node = gone.name,
                    incarnation = gone.incarnation,
                    applied = %gone.applied,
                    %position,
                    "evicted a server that has not renewed its lease"
                );
                self.snapshots.note(|follower| follower.evictions += 1);
            }
        }
        Ok(())
    }
}

impl State {
    /// Returns the head, and the result of a renewal if one was due.
    fn ask(
        &mut self,
        clock: &dyn Clock,
        asked_at: Duration,
        published: Option<Position>,
    ) -> Result<(Head, Asked), ReplicationError> {
        let Some(member) = &mut self.membership else { return Ok((self.session.head()?, Asked::Head)) };
        if !member.owes_row && !member.tenure.is_due(asked_at, member.renew_after) {
            return Ok((self.session.head()?, Asked::Head));
        }
        match published {
            None => {
                let applied = self.read.head.position;
                let (head, renewed) = member.renew(&mut self.session, applied, clock, asked_at)?;
                Ok((head, if renewed { Asked::Renewed } else { Asked::Unreplicated }))
            }
            Some(applied) => {
                let (head, renewed) = member.renew_alone(&mut self.session, applied, clock, asked_at)?;
                Ok((head, if renewed { Asked::Renewed } else { Asked::Head }))
            }
        }
    }

    fn confirm(&mut self, pass: &Pass) -> Result<(), ReplicationError> {
        let position = self.read.head.position;
        if let Some(member) = &self.membership
            && (position != pass.before || pass.asked == Asked::Renewed)
        {
            self.session.note_applied(&member.incarnation, position)?;
        }
        Ok(())
    }

    /// On SQLite another connection may be writing; a later pass then writes the row.
    fn confirm_alone(&mut self, pass: &Pass, is_foreign: bool) -> Result<(), ReplicationError> {
        let position = self.read.head.position;
        let Some(member) = &self.membership else { return Ok(()) };
        self.owes_applied |= position != pass.before && (is_foreign || pass.asked == Asked::Renewed);
        if self.owes_applied {
            match self.session.note_applied(&member.incarnation, position) {
                Err(error) if error.is_locked_out() => {}
                noted => {
                    noted?;
                    self.owes_applied = false;
                }
            }
        }
        Ok(())
    }
}
