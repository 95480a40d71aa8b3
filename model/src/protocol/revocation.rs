//! The revocation: its transaction, and its wait for the members.

use claviger_domain::{Looks, Round, SharedCommit, Ticket, Verdict, judge};

use crate::mutant::Mutant;
use crate::protocol::bounds::Protocol;
use crate::protocol::member::{members, position};
use crate::state::{Inc, Look, Revocation, State};
use crate::step::Step;

pub const REVOKED: u8 = 1;

impl Protocol {
    pub fn revoke(&self, state: &mut State, step: Step) -> Option<()> {
        state.revocation = match (step, state.revocation) {
            (Step::Revoke, _) => {
                if self.is(Mutant::MembersBeforeCommit) {
                    for inc in state.slots.iter_mut().flat_map(|slot| &mut slot.incarnations) {
                        inc.known = inc.row.is_some();
                    }
                }
                Revocation::Sent(0)
            }
            (Step::Write, _) => {
                state.commit = SharedCommit::Open;
                Revocation::Written
            }
            (Step::LoseTransaction, _) => {
                state.commit.end(Err(()));
                // Every change in the lost transaction is refused, and requested again.
                state.commit.answer()?.err().map(|()| Revocation::None)?
            }
            // In this mutant the revocation was acknowledged before.
            (Step::Commit, waiting @ (Revocation::Waiting(_) | Revocation::Returned { .. })) => {
                state.head = REVOKED;
                waiting
            }
            (Step::Commit, before) => {
                state.head = REVOKED;
                Revocation::Committed(if let Revocation::Sent(age) = before { age } else { 0 })
            }
            (Step::Acknowledge, _) if self.is(Mutant::NoConfirmations) => {
                Revocation::Returned { confirmed: true }
            }
            (Step::Acknowledge, before) => {
                let age = match before {
                    Revocation::Committed(age) => {
                        state.commit.end(Ok(()));
                        state.commit.answer()?.ok().map(|()| age)?
                    }
                    _ => 0,
                };
                state.ticket = self.shared.then(|| self.ticket(state));
                Revocation::Waiting(age)
            }
            (Step::Judge, Revocation::Waiting(age)) => {
                let known = |inc: &Inc| inc.known || !self.is(Mutant::MembersBeforeCommit);
                let rows = state
                    .slots
                    .each_ref()
                    .map(|slot| slot.incarnations.map(|inc| inc.row.filter(|_| known(&inc))));
                self.judged(&Look { age: 0, rows: Some(rows) }, age)?
            }
            (_, unchanged) => unchanged,
        };
        if state.has_returned() {
            (state.looking, state.ticket) = (None, None);
            for inc in state.slots.iter_mut().flat_map(|slot| &mut slot.incarnations) {
                inc.seen = None;
            }
        }
        Some(())
    }

    /// In the mutant any read of the members is accepted.
    fn ticket(&self, state: &State) -> Ticket {
        match self.is(Mutant::LookFromBefore) {
            true => Looks::<Look>::default().ask(),
            false => state.looks.ask(),
        }
    }

    /// A waiting revocation uses the result of a read at once: later it would be the same.
    pub fn show_rows(&self, state: &mut State) -> Option<()> {
        let (number, look) = state.looking.take()?;
        state.looks.end(number, Some(look));
        let (Some(ticket), Revocation::Waiting(age)) = (state.ticket, state.revocation) else {
            return Some(());
        };
        let Some(found) = state.looks.find(ticket).copied() else { return Some(()) };
        state.revocation = self.judged(&found, age)?;
        state.ticket = (!state.has_returned()).then(|| self.ticket(state));
        if state.has_returned() {
            for inc in state.slots.iter_mut().flat_map(|slot| &mut slot.incarnations) {
                inc.seen = None;
            }
        } else if !self.is(Mutant::LookFromBefore) {
            // Reset the numbers, which would only grow.
            state.looks = Looks::default();
            state.ticket = Some(state.looks.ask());
        }
        Some(())
    }

    fn judged(&self, look: &Look, committed: u8) -> Option<Revocation> {
        let members = members(look.rows?);
        let round = Round { asked_at: self.ago(look.age), members: &members, verifiers: &[] };
        Some(match judge(&round, self.ago(committed), position(REVOKED)) {
            Verdict::Confirmed => Revocation::Returned { confirmed: true },
            Verdict::WaitedOut => Revocation::Returned { confirmed: false },
            Verdict::NotYet if self.is(Mutant::NoWait) => Revocation::Returned { confirmed: false },
            Verdict::NotYet => Revocation::Waiting(committed),
        })
    }
}
