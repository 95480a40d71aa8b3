//! The steps of one server, and of those that observe it.

use std::collections::BTreeMap;

use claviger_domain::{Absences, VERIFIER_LEASE, is_silent};

use crate::feed::bounds::Feed;
use crate::feed::mutant::FeedMutant;
use crate::feed::state::{FeedState, Server};
use crate::feed::step::FeedStep;
use crate::feed::time::NOW;

impl Feed {
    pub fn step_of_server(&self, state: &mut FeedState, step: FeedStep) -> Option<()> {
        let head = state.head;
        match step {
            FeedStep::Join(number) => self.join(&mut state.servers[number]),
            FeedStep::Renew(number) => {
                let server = &mut state.servers[number];
                (server.lease, server.lease_of, server.published) = (Some(0), server.run?, head);
            }
            FeedStep::Follow(number) => state.servers[number].published = head,
            FeedStep::Confirm(number) => {
                let server = &mut state.servers[number];
                let row = &mut server.rows[usize::from(server.run?)].member;
                *row = row.map(|_| server.published);
            }
            FeedStep::Crash(number) => state.servers[number].end(),
            FeedStep::Leave(number) => {
                let server = &mut state.servers[number];
                let rows = &mut server.rows[usize::from(server.run?)];
                rows.member = None;
                if self.is(FeedMutant::RowsDroppedByLeaver) {
                    rows.verifier = None;
                }
                server.end();
            }
            FeedStep::Evict(number, run) => {
                let rows = &mut state.servers[number].rows[run];
                rows.member = None;
                if self.is(FeedMutant::RowsDroppedWithMember) {
                    (rows.verifier, rows.absent) = (None, None);
                }
            }
            FeedStep::Forget(number) => {
                let server = &mut state.servers[number];
                if !is_silent(self.ago(server.known?.heard), NOW) {
                    return None;
                }
                (server.known, server.deleting) = (None, Some(true));
            }
            FeedStep::Delete(number) => {
                let server = &mut state.servers[number];
                let is_as_seen = server.deleting.take()? || self.is(FeedMutant::DeletedWithoutSeq);
                if is_as_seen {
                    let rows = &mut server.rows[usize::from(server.run?)];
                    (rows.verifier, rows.absent) = (None, None);
                }
            }
            FeedStep::WriteAcked(number) => {
                let acked = state.servers[number].known?.acked;
                self.commit_row(state, number, acked)?;
            }
            FeedStep::SeeAbsent(number, run) => self.see_absent(state, number, run)?,
            _ => return None,
        }
        Some(())
    }

    fn join(&self, server: &mut Server) {
        let run = usize::from(server.joins);
        if self.is(FeedMutant::RowsDroppedAtStart) {
            server.rows.iter_mut().for_each(|rows| (rows.verifier, rows.absent) = (None, None));
        }
        server.run = Some(server.joins);
        server.joins += 1;
        server.rows[run].member = Some(0);
        server.deleting = None;
        if !self.is(FeedMutant::KnownKeptAtJoin) {
            server.known = None;
        }
    }

    /// Every commit raises the number of the row, so that a deletion under way has no effect; the position only grows.
    pub fn commit_row(&self, state: &mut FeedState, number: usize, acked: u8) -> Option<()> {
        let run = usize::from(state.servers[number].run?);
        if self.is(FeedMutant::RowChangesOwner) {
            for rows in state.servers.iter_mut().flat_map(|server| &mut server.rows) {
                rows.verifier = None;
            }
        }
        let server = &mut state.servers[number];
        let row = &mut server.rows[run].verifier;
        *row = Some(row.unwrap_or_default().max(acked));
        server.deleting = server.deleting.map(|_| false);
        Some(())
    }

    fn see_absent(&self, state: &mut FeedState, number: usize, run: usize) -> Option<()> {
        let rows = &mut state.servers[number].rows[run];
        let node = String::from("gone");
        let mut absences = Absences::default();
        let absent = BTreeMap::from([(node, VERIFIER_LEASE)]);
        if let Some(age) = rows.absent {
            absences.observe(&absent, self.ago(age));
        }
        match absences.observe(&absent, NOW).is_empty() {
            false => (rows.verifier, rows.absent) = (None, None),
            true if rows.absent.is_none() => rows.absent = Some(0),
            true => return None,
        }
        Some(())
    }
}

impl Server {
    /// Ends the process; its rows stay.
    fn end(&mut self) {
        (self.run, self.published, self.lease, self.known, self.deleting) = (None, 0, None, None, None);
    }
}
