//! A node's pass through the follower's steps.

use claviger_domain::{FOLLOWER_STEPS, FollowerStep, Tenure};

use crate::mutant::Mutant;
use crate::protocol::bounds::Protocol;
use crate::protocol::member::position;
use crate::protocol::time::NOW;
use crate::state::{Pass, Slot};

impl Protocol {
    /// The server's order of steps, except for mutants.
    fn order(&self) -> [FollowerStep; FOLLOWER_STEPS.len()] {
        let mut order = FOLLOWER_STEPS;
        let mut swap = |one, other| {
            let place = |step| FOLLOWER_STEPS.iter().position(|known| *known == step);
            if let (Some(one), Some(other)) = (place(one), place(other)) {
                order.swap(one, other);
            }
        };
        match self.mutant {
            Some(Mutant::LeaseFromReply) => swap(FollowerStep::TakeTime, FollowerStep::Renew),
            Some(Mutant::ConfirmedBeforePublished) => swap(FollowerStep::Publish, FollowerStep::Confirm),
            _ => {}
        }
        order
    }

    pub fn step_of(&self, pass: Pass) -> Option<FollowerStep> {
        self.order().get(usize::from(pass.next)).copied()
    }

    pub fn number_of(&self, step: FollowerStep) -> u8 {
        let place = self.order().iter().position(|known| *known == step);
        place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default()
    }

    /// Takes one visible step, preceded by the invisible ones.
    pub fn advance(&self, slot: &mut Slot, head: u8) -> Option<()> {
        loop {
            let pass = slot.pass.unwrap_or_default();
            let step = self.step_of(pass)?;
            slot.pass = Some(pass);
            match step {
                FollowerStep::TakeTime => slot.pass.as_mut()?.asked = Some(0),
                FollowerStep::Renew => {
                    if !self.renew(slot, head)? {
                        return Some(());
                    }
                }
                FollowerStep::CatchUp => {
                    if !self.is(Mutant::RenewedWithoutApplying) {
                        slot.hand = slot.hand.max(pass.head);
                    }
                }
                FollowerStep::Publish => {
                    if !self.publish(slot)? {
                        return Some(());
                    }
                }
                FollowerStep::Confirm => {
                    let row = &mut slot.incarnations[usize::from(slot.incarnation?)].row;
                    *row = row.and(slot.hand);
                }
            }
            let pass = slot.pass.as_mut()?;
            pass.next += 1;
            if usize::from(pass.next) == FOLLOWER_STEPS.len() {
                slot.pass = None;
            }
            if step != FollowerStep::CatchUp {
                return Some(());
            }
        }
    }

    /// Whether the renewal is committed. A node without a row signs in as another incarnation, and retries.
    fn renew(&self, slot: &mut Slot, head: u8) -> Option<bool> {
        let (hand, pass) = (slot.hand, slot.pass?);
        let incarnation = usize::from(slot.incarnation?);
        if slot.incarnations[incarnation].row.is_none() {
            if usize::from(slot.joins) < self.incarnations {
                self.join(slot);
                (slot.hand, slot.pass) = (hand, Some(pass));
            } else {
                slot.sign_out();
            }
            return Some(false);
        }
        let applied = if self.is(Mutant::AppliedTooEarly) { Some(head) } else { hand };
        slot.incarnations[incarnation].row = applied;
        slot.renumber(incarnation);
        slot.pass = Some(Pass { head: Some(head), ..pass });
        Some(true)
    }

    pub fn join(&self, slot: &mut Slot) {
        let number = if self.is(Mutant::RowReplaced) { 0 } else { slot.joins };
        slot.sign_out();
        slot.incarnation = Some(number);
        slot.joins += 1;
        slot.incarnations[usize::from(number)].row = Some(0);
        slot.renumber(usize::from(number));
    }

    /// The snapshot and its lease become visible together. Returns whether the step is complete.
    fn publish(&self, slot: &mut Slot) -> Option<bool> {
        let (hand, pass) = (slot.hand?, slot.pass?);
        let (Some(age), Some(head)) = (pass.asked, pass.head) else {
            // A pass without a renewal, or the second half of the step.
            slot.published = hand;
            slot.pass = Some(Pass { half: false, ..pass });
            return Some(true);
        };
        if self.is(Mutant::JoinInOneTransaction) && !slot.tenured {
            slot.incarnations[usize::from(slot.incarnation?)].row = Some(hand);
        }
        let tenure = Tenure::renewed(self.ago(age), position(head));
        let applied = if self.is(Mutant::RenewedWithoutApplying) { head } else { hand };
        slot.lease = tenure.lease(position(applied)).holds(NOW).then_some(age);
        slot.tenured = true;
        let half = self.is(Mutant::OlderSnapshot) && slot.published != hand;
        slot.pass = Some(Pass { asked: None, head: None, half, ..pass });
        if !half {
            slot.published = hand;
        }
        Some(!half)
    }
}
