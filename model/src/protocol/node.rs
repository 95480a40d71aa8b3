//! The steps of one node, and of those that observe it.

use std::time::Duration;

use claviger_domain::{FollowerStep, Seen, Watch};

use crate::mutant::Mutant;
use crate::protocol::bounds::Protocol;
use crate::protocol::member::member;
use crate::protocol::time::NOW;
use crate::state::{Pass, State};
use crate::step::Step;

impl Protocol {
    pub fn step_of_node(&self, state: &mut State, step: Step) -> Option<()> {
        let head = state.head;
        match step {
            Step::Join(node) => {
                let slot = &mut state.slots[node];
                self.join(slot);
                if self.is(Mutant::JoinInOneTransaction) {
                    // Its row is visible when the transaction ends, with the state read at its start.
                    slot.hand = Some(head);
                    let next = self.number_of(FollowerStep::CatchUp);
                    slot.pass = Some(Pass { next, asked: Some(0), head: Some(head), half: false });
                    slot.incarnations[usize::from(slot.incarnation?)].row = None;
                }
            }
            Step::Load(node) => state.slots[node].hand = Some(head),
            Step::Next(node) => self.advance(&mut state.slots[node], head)?,
            Step::RenewBehind(node) => {
                let slot = &mut state.slots[node];
                let pass = slot.pass?;
                slot.pass = Some(Pass { next: pass.next + 1, head: slot.hand, ..pass });
            }
            Step::Follow(node) => {
                let slot = &mut state.slots[node];
                slot.hand = Some(head);
                let next = self.number_of(FollowerStep::CatchUp) + 1;
                slot.pass = Some(Pass { next, ..Pass::default() });
                self.advance(slot, head)?;
            }
            Step::Lose(node) => state.slots[node].sign_out(),
            Step::Drop(node) => {
                let slot = &mut state.slots[node];
                slot.incarnations[usize::from(slot.incarnation?)].row = None;
                slot.sign_out();
            }
            Step::Crash(node) => state.slots[node].forget_process(),
            Step::Leave(node) => {
                let slot = &mut state.slots[node];
                slot.incarnations[usize::from(slot.incarnation?)].row = None;
                slot.forget_process();
            }
            _ => return None,
        }
        Some(())
    }

    pub fn observe(&self, state: &mut State, node: usize, incarnation: usize) {
        let seen_at = state.watching.take().map_or(NOW, |age| self.ago(age));
        // In this mutant one more tick counts than has passed.
        let early = if self.is(Mutant::EarlyEviction) { self.tick_length() } else { Duration::ZERO };
        let inc = &mut state.slots[node].incarnations[incarnation];
        let Some(member) = inc.row.map(member) else { return };
        let mut watch = Watch::default();
        if let Some(age) = inc.seen {
            let since = self.ago(age).saturating_sub(early);
            watch.0.insert(member.incarnation.clone(), Seen { lease_seq: member.lease_seq, since });
        }
        let gone = !watch.observe(&[member], seen_at).is_empty();
        if gone && self.is(Mutant::EvictionWithoutSeq) {
            inc.evicting = true;
        } else if gone {
            (inc.row, inc.seen) = (None, None);
        } else if inc.seen.is_none() {
            inc.seen = watch.0.values().next().map(|seen| self.age_of(seen.since));
        }
    }
}
