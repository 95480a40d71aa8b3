//! Reads the servers of a database twice, and compares.

use std::collections::BTreeSet;
use std::time::Duration;

use claviger_contract::Position;

use crate::store::{Maintenance, Serving, StoreError};
use claviger_domain::{Clock, LEASE, ServingMember, longest_wait};

/// Half a lease: a healthy server renews its lease in a third of it.
const WATCHED: Duration = Duration::from_millis(1_500);

const PAUSE: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Renewed its lease or signed in while it was watched.
    Renews,
    /// Did not renew its row.
    Silent,
}

pub struct Watched {
    first: Serving,
    last: Serving,
    pub took: Duration,
}

impl Watched {
    /// Returns when every server seen at first has renewed and caught up, at most after half a lease.
    pub fn look(care: &mut Maintenance, clock: &dyn Clock) -> Result<Self, StoreError> {
        let begun = clock.since_boot();
        let first = care.serving()?;
        let mut watched = Self { last: first.clone(), first, took: Duration::ZERO };
        while !watched.is_settled() && watched.took < WATCHED {
            #[expect(
                clippy::disallowed_methods,
                reason = "whether a lease is renewed is only visible in a later read"
            )]
            std::thread::sleep(PAUSE);
            watched.last = care.serving()?;
            watched.took = clock.since_boot().saturating_sub(begun);
        }
        Ok(watched)
    }

    /// The rows as last seen.
    pub fn rows(&self) -> impl Iterator<Item = (&ServingMember, Life)> {
        self.last.members.iter().map(|member| (member, self.life(member)))
    }

    pub fn head(&self) -> Position {
        self.last.head
    }

    /// Whether it has not read what every renewing server has had time to read.
    pub fn is_behind(&self, member: &ServingMember) -> bool {
        member.applied < self.first.head
    }

    /// The number of distinct server names.
    pub fn servers(&self) -> usize {
        self.last.members.iter().map(|member| &member.name).collect::<BTreeSet<_>>().len()
    }

    /// How long a revocation waits for a server that does not confirm it: the longest lease applies.
    pub fn longest_wait(&self) -> Duration {
        let leases = self.last.members.iter().map(|member| member.lease);
        longest_wait(leases.max().unwrap_or(LEASE).max(LEASE))
    }

    fn life(&self, member: &ServingMember) -> Life {
        let before = self.first.members.iter().find(|seen| seen.incarnation == member.incarnation);
        match before {
            Some(seen) if seen.lease_seq == member.lease_seq => Life::Silent,
            _ => Life::Renews,
        }
    }

    fn is_settled(&self) -> bool {
        self.rows().all(|(member, life)| life == Life::Renews && !self.is_behind(member))
    }
}

#[cfg(test)]
impl Watched {
    pub fn of(first: &[ServingMember], last: &[ServingMember], head: u64) -> Self {
        let serving =
            |members: &[ServingMember]| Serving { members: members.to_vec(), head: Position::new(head) };
        Self { first: serving(first), last: serving(last), took: WATCHED }
    }
}
