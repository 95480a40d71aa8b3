//! Time: ages in ticks, as moments of the server's clock.

use std::time::Duration;

use claviger_domain::{LEASE, Lease, VERIFIER_LEASE, longest_wait};

use crate::feed::bounds::Feed;
use crate::feed::state::{FeedState, Stage, Wait};

/// Far from the zero of any clock.
pub const NOW: Duration = Duration::from_secs(1_000);

impl Feed {
    /// Ages stop growing where they no longer matter.
    pub fn tick(&self, state: &mut FeedState) {
        let older = |age: &mut u8| *age = (*age + 1).min(self.ticks);
        let leased = |age: &mut Option<u8>, length: Duration| {
            *age = age.map(|age| age + 1).filter(|age| self.holds(*age, length));
        };
        for server in &mut state.servers {
            leased(&mut server.lease, LEASE);
            if let Some(known) = &mut server.known {
                older(&mut known.heard);
            }
            for rows in &mut server.rows {
                if let Some(age) = &mut rows.absent {
                    older(age);
                }
            }
        }
        leased(&mut state.verifier.lease, VERIFIER_LEASE);
        if let Some((_, age)) = &mut state.verifier.first {
            older(age);
        }
        if let Some(poll) = &mut state.verifier.poll {
            older(&mut poll.asked);
            if let Stage::Loaded { lease, .. } = &mut poll.stage {
                leased(lease, LEASE);
            }
        }
        let early = state.early.as_mut().map(|(age, _)| age);
        for age in [early, age_of(&mut state.revocation)].into_iter().flatten() {
            *age = (*age + 1).min(2 * self.ticks);
        }
    }

    pub fn holds(&self, age: u8, length: Duration) -> bool {
        Lease::Until(self.ago(age) + length).holds(NOW)
    }

    /// The longest wait for a lease is a whole number of ticks, and that for two leases is not longer than twice of it.
    pub fn ago(&self, ticks: u8) -> Duration {
        NOW - longest_wait(LEASE) * u32::from(ticks) / u32::from(self.ticks)
    }
}

fn age_of(revocation: &mut Wait) -> Option<&mut u8> {
    match revocation {
        Wait::Waiting(age) => Some(age),
        Wait::None | Wait::Returned { .. } => None,
    }
}
