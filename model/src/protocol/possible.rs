//! The possible steps from a state.

use claviger_domain::FollowerStep;

use crate::mutant::Mutant;
use crate::protocol::bounds::Protocol;
use crate::protocol::revocation::REVOKED;
use crate::state::{Look, Revocation, Slot, State};
use crate::step::Step;

impl Protocol {
    pub fn possible_steps(&self, state: &State, steps: &mut Vec<Step>) {
        steps.push(Step::Tick);
        for (index, slot) in state.slots.iter().enumerate() {
            self.steps_of(state, slot, index, steps);
        }
        if self.is(Mutant::SeenBeforeRead) && state.watching.is_none() {
            steps.push(Step::Watch);
        }
        steps.extend(match state.revocation {
            Revocation::None if self.sees_the_start_of_a_revocation() => Some(Step::Revoke),
            Revocation::None if self.shared => Some(Step::Write),
            Revocation::None | Revocation::Sent(_) | Revocation::Written => Some(Step::Commit),
            Revocation::Committed(_) => Some(Step::Acknowledge),
            Revocation::Waiting(_) if !self.shared => Some(Step::Judge),
            Revocation::Waiting(_) | Revocation::Returned { .. } => None,
        });
        if self.shared {
            self.steps_of_sharing(state, steps);
        }
        if self.is(Mutant::AsynchronousFailover) && state.head == REVOKED {
            steps.push(Step::FailOver);
        }
    }

    fn steps_of(&self, state: &State, slot: &Slot, index: usize, steps: &mut Vec<Step>) {
        if self.is(Mutant::ClockThatStops) {
            steps.push(Step::TickWithout(index));
        }
        let may_join = usize::from(slot.joins) < self.incarnations;
        if slot.incarnation.is_some() {
            match (slot.hand, slot.pass) {
                (None, _) => steps.push(Step::Load(index)),
                (Some(hand), None) => {
                    steps.push(Step::Next(index));
                    if slot.tenured && hand < state.head {
                        steps.push(Step::Follow(index));
                    }
                }
                (_, Some(pass)) => {
                    steps.push(Step::Next(index));
                    if self.is(Mutant::LeaseFromReplica) && self.step_of(pass) == Some(FollowerStep::Renew) {
                        steps.push(Step::RenewBehind(index));
                    }
                }
            }
            steps.push(Step::Lose(index));
            if !slot.tenured {
                steps.push(Step::Drop(index));
            }
            steps.push(Step::Leave(index));
        } else if may_join {
            steps.push(Step::Join(index));
        }
        if slot.lease.is_some() || slot.incarnation.is_some() {
            steps.push(Step::Crash(index));
        }
        if state.has_returned() && slot.answer.is_none() && slot.published < REVOKED {
            steps.push(Step::Evaluate(index));
        }
        if slot.answer.is_some() {
            steps.push(Step::Answer(index));
        }
        for (number, inc) in slot.incarnations.iter().enumerate() {
            // After the revocation has returned, only a row's own node uses it.
            if inc.row.is_some() && !state.has_returned() {
                steps.push(Step::Observe(index, number));
            }
            if inc.evicting {
                steps.push(Step::Evict(index, number));
            }
        }
    }

    /// Steps of the revocation's transaction, and of member reads for waiting revocations.
    fn steps_of_sharing(&self, state: &State, steps: &mut Vec<Step>) {
        match state.revocation {
            Revocation::Written => {
                steps.push(Step::LoseTransaction);
                if self.is(Mutant::AnsweredBeforeCommit) {
                    steps.push(Step::Acknowledge);
                }
            }
            Revocation::Waiting(_) | Revocation::Returned { .. } if state.head < REVOKED => {
                steps.push(Step::Commit)
            }
            _ => {}
        }
        steps.extend(match state.looking {
            _ if state.has_returned() => None,
            None => Some(Step::Look),
            Some((_, Look { rows: None, .. })) => Some(Step::ReadRows),
            Some(_) => Some(Step::ShowRows),
        });
    }

    fn sees_the_start_of_a_revocation(&self) -> bool {
        self.is(Mutant::MembersBeforeCommit) || self.is(Mutant::WaitFromTheStart)
    }
}
