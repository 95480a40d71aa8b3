//! Time: ages in ticks, as moments of the server's clock.

use std::time::Duration;

use claviger_contract::Position;
use claviger_domain::{LEASE, Lease, Tenure, longest_wait};

use crate::mutant::Mutant;
use crate::protocol::bounds::Protocol;
use crate::state::{Revocation, State};

/// Far from the zero of any clock.
pub const NOW: Duration = Duration::from_secs(1_000);

impl Protocol {
    /// Ages stop growing where they no longer matter.
    pub fn tick(&self, state: &mut State, except: Option<usize>) {
        let older = |age: &mut u8| *age = (*age + 1).min(self.ticks);
        for (index, slot) in state.slots.iter_mut().enumerate() {
            for inc in &mut slot.incarnations {
                if let Some(age) = &mut inc.seen {
                    older(age);
                }
            }
            if except == Some(index) {
                continue;
            }
            for lease in slot.answer.iter_mut().chain([&mut slot.lease]) {
                *lease = lease.map(|age| age + 1).filter(|age| self.lease(*age).holds(NOW));
            }
            if let Some(age) = slot.pass.as_mut().and_then(|pass| pass.asked.as_mut()) {
                older(age);
            }
        }
        match &mut state.revocation {
            Revocation::Sent(age) | Revocation::Committed(age) | Revocation::Waiting(age) => older(age),
            Revocation::None | Revocation::Written | Revocation::Returned { .. } => {}
        }
        if let Some((_, look)) = &mut state.looking {
            older(&mut look.age);
        }
        if let Some(age) = &mut state.watching {
            older(age);
        }
        if !self.is(Mutant::WaitFromTheStart)
            && let Revocation::Sent(age) | Revocation::Committed(age) = &mut state.revocation
        {
            *age = 0;
        }
    }

    pub fn lease(&self, age: u8) -> Lease {
        Tenure::renewed(self.ago(age), Position::ZERO).lease(Position::ZERO)
    }

    /// The longest wait is a whole number of ticks.
    pub fn tick_length(&self) -> Duration {
        longest_wait(LEASE) / u32::from(self.ticks)
    }

    pub fn ago(&self, ticks: u8) -> Duration {
        // An age of the longest wait must not lose time to the division.
        if ticks >= self.ticks {
            NOW - longest_wait(LEASE)
        } else {
            NOW - self.tick_length() * u32::from(ticks)
        }
    }

    pub fn age_of(&self, moment: Duration) -> u8 {
        (0..self.ticks).find(|age| self.ago(*age) <= moment).unwrap_or(self.ticks)
    }
}
