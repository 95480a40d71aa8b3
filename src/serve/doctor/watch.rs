//! Looks at the servers of a database twice, and at what has moved between.

use std::collections::BTreeSet;
use std::time::Duration;

use claviger_contract::Position;

use crate::domain::{Clock, LEASE, ServingMember, longest_wait};
use crate::store::{Care, Serving, StoreError};

/// Half a lease: a healthy server renews its own in a third of it.
const WATCHED: Duration = Duration::from_millis(1_500);

const PAUSE: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Renewed while it was watched, or signed in.
    Renews,
    /// Nobody renewed its row.
    Silent,
}

pub struct Watched {
    first: Serving,
    last: Serving,
    pub took: Duration,
}

impl Watched {
    /// Until all that is there at first was renewed and is up to date, half a lease at most.
    pub fn look(care: &mut Care, clock: &dyn Clock) -> Result<Self, StoreError> {
        let begun = clock.since_boot();
        let first = care.serving()?;
        let mut watched = Self { last: first.clone(), first, took: Duration::ZERO };
        while !watched.is_settled() && watched.took < WATCHED {
            #[expect(
                clippy::disallowed_methods,
                reason = "whether somebody renews a lease is seen by looking again later"
            )]
            std::thread::sleep(PAUSE);
            watched.last = care.serving()?;
            watched.took = clock.since_boot().saturating_sub(begun);
        }
        Ok(watched)
    }

    /// As they were seen last.
    pub fn rows(&self) -> impl Iterator<Item = (&ServingMember, Life)> {
        self.last.members.iter().map(|member| (member, self.life(member)))
    }

    pub fn head(&self) -> Position {
        self.last.head
    }

    /// What everybody who renews has had the time to read.
    pub fn is_behind(&self, member: &ServingMember) -> bool {
        member.applied < self.first.head
    }

    /// Names of servers, each once.
    pub fn servers(&self) -> usize {
        self.last.members.iter().map(|member| &member.name).collect::<BTreeSet<_>>().len()
    }

    /// For how long a revocation waits for whoever does not confirm it: the longest lease counts for all.
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
