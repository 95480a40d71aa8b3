//! The rules: which steps there are from a moment, and what each leads to. Whatever the server decides is decided by its code.

use std::time::Duration;

use claviger::domain::{
    LEASE, Lease, Round, Seen, ServingMember, Tenure, Verdict, Watch, judge, longest_wait,
};
use claviger_contract::Position;
use stateright::{Model, Property};

use crate::{Inc, Mutant, Renewal, Revocation, Slot, State, Step};

/// The bounds of one search.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// How often each node may sign in.
    pub incarnations: usize,
    /// After so many ticks a lease is over, on whatever clock.
    pub ticks: u8,
    pub mutant: Option<Mutant>,
}

/// Far from the beginning of any clock.
const NOW: Duration = Duration::from_secs(1_000);

const REVOKED: u8 = 1;

pub const PROMISE: &str = "after a revocation has returned no node answers as before";

/// Whether the promise holds at this moment.
pub fn is_kept(state: &State) -> bool {
    let accepts = |slot: &Slot| slot.lease.is_some() && slot.published < REVOKED;
    let could_be_broken = state.has_returned() && state.slots.iter().any(accepts);
    !state.violated && !could_be_broken
}

impl Model for Protocol {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::start()]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        steps.push(Step::Tick);
        for (index, slot) in state.slots.iter().enumerate() {
            self.steps_of(state, slot, index, steps);
        }
        if self.is(Mutant::SeenBeforeRead) && state.watching.is_none() {
            steps.push(Step::Watch);
        }
        steps.extend(match state.revocation {
            Revocation::None if self.sees_the_start_of_a_revocation() => Some(Step::Revoke),
            Revocation::None | Revocation::Sent(_) => Some(Step::Commit),
            Revocation::Committed(_) => Some(Step::Acknowledge),
            Revocation::Waiting(_) => Some(Step::Judge),
            Revocation::Returned { .. } => None,
        });
        if self.is(Mutant::AsynchronousFailover) && state.head == REVOKED {
            steps.push(Step::FailOver);
        }
    }

    fn next_state(&self, before: &State, step: Step) -> Option<State> {
        let mut state = before.clone();
        match step {
            Step::Tick => self.tick(&mut state, None),
            Step::TickWithout(node) => self.tick(&mut state, Some(node)),
            Step::Watch => state.watching = Some(0),
            Step::Observe(node, incarnation) => self.observe(&mut state, node, incarnation),
            Step::Evict(node, incarnation) => {
                let inc = &mut state.slots[node].incarnations[incarnation];
                (inc.row, inc.evicting) = (None, false);
            }
            Step::FailOver => state.head -= 1,
            Step::Revoke | Step::Commit | Step::Acknowledge | Step::Judge => {
                self.revoke(&mut state, step);
            }
            Step::Evaluate(node) => state.slots[node].answer = Some(state.slots[node].lease),
            Step::Answer(node) => {
                let slot = &mut state.slots[node];
                let made_under = slot.answer.take()?;
                let checked = if self.is(Mutant::NewerDeadline) { slot.lease } else { made_under };
                state.violated |= checked.is_some();
            }
            _ => self.step_of_node(&mut state, step)?,
        }
        let state = state.in_order();
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(PROMISE, |_, state| is_kept(state)),
            Property::always(
                "what a row says is applied is what its node answers from",
                |_, state: &State| {
                    state.slots.iter().all(|slot| {
                        let row = slot.incarnation.and_then(|now| slot.incarnations[usize::from(now)].row);
                        !slot.tenured || slot.lease.is_none() || row.is_none_or(|row| row <= slot.published)
                    })
                },
            ),
            Property::sometimes("a revocation is confirmed by all", |_, state: &State| {
                let has = |slot: &Slot| slot.tenured && slot.published == REVOKED;
                state.revocation == Revocation::Returned { confirmed: true } && state.slots.iter().all(has)
            }),
            Property::sometimes("a revocation waits somebody out", |_, state: &State| {
                state.revocation == Revocation::Returned { confirmed: false }
            }),
            Property::sometimes("a node is evicted and comes back", |protocol: &Self, state: &State| {
                let came_back = |slot: &Slot| slot.joins > 1 && slot.tenured && slot.lease.is_some();
                protocol.incarnations == 1 || state.slots.iter().any(came_back)
            }),
        ]
    }
}

impl Protocol {
    fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    fn steps_of(&self, state: &State, slot: &Slot, index: usize, steps: &mut Vec<Step>) {
        if self.is(Mutant::ClockThatStops) {
            steps.push(Step::TickWithout(index));
        }
        let may_join = usize::from(slot.joins) < self.incarnations;
        if let Some(now) = slot.incarnation {
            let row = slot.incarnations[usize::from(now)].row;
            match (slot.hand, slot.renewal) {
                (None, _) => steps.push(Step::Load(index)),
                (_, Renewal::Idle) => {
                    steps.push(Step::Ask(index));
                    if slot.tenured && slot.hand.is_some_and(|hand| hand < state.head) {
                        steps.push(Step::Follow(index));
                    }
                    if slot.tenured && row.is_some() && row != slot.hand {
                        steps.push(Step::Note(index));
                    }
                }
                (_, Renewal::Asked(_)) => {
                    steps.push(Step::Renew(index));
                    if self.is(Mutant::LeaseFromReplica) {
                        steps.push(Step::RenewBehind(index));
                    }
                }
                (_, Renewal::Read { .. } | Renewal::Half { .. }) => steps.push(Step::Publish(index)),
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
            // After the revocation has returned nobody asks for rows any more but their own nodes.
            if inc.row.is_some() && !state.has_returned() {
                steps.push(Step::Observe(index, number));
            }
            if inc.evicting {
                steps.push(Step::Evict(index, number));
            }
        }
    }

    fn step_of_node(&self, state: &mut State, step: Step) -> Option<()> {
        let head = state.head;
        match step {
            Step::Join(node) => {
                let slot = &mut state.slots[node];
                self.join(slot);
                if self.is(Mutant::JoinInOneTransaction) {
                    // Its row is seen when the transaction ends, with what it read when it began.
                    (slot.hand, slot.renewal) = (Some(head), Renewal::Read { age: 0, head });
                    slot.incarnations[usize::from(slot.incarnation?)].row = None;
                }
            }
            Step::Load(node) => state.slots[node].hand = Some(head),
            Step::Ask(node) => state.slots[node].renewal = Renewal::Asked(0),
            Step::Renew(node) | Step::RenewBehind(node) => {
                let slot = &mut state.slots[node];
                let (Renewal::Asked(age), Some(hand)) = (slot.renewal, slot.hand) else { return None };
                let incarnation = usize::from(slot.incarnation?);
                if slot.incarnations[incarnation].row.is_none() {
                    if usize::from(slot.joins) < self.incarnations {
                        self.join(slot);
                        (slot.hand, slot.renewal) = (Some(hand), Renewal::Asked(age));
                    } else {
                        slot.sign_out();
                    }
                } else if matches!(step, Step::RenewBehind(_)) {
                    slot.renewal = Renewal::Read { age, head: hand };
                } else {
                    let applied = if self.is(Mutant::AppliedTooEarly) { head } else { hand };
                    slot.incarnations[incarnation].row = Some(applied);
                    slot.renumber(incarnation);
                    slot.renewal = Renewal::Read { age, head };
                }
            }
            Step::Publish(node) => self.publish(&mut state.slots[node])?,
            Step::Follow(node) => {
                let slot = &mut state.slots[node];
                (slot.hand, slot.published) = (Some(head), head);
            }
            Step::Note(node) => {
                let slot = &mut state.slots[node];
                slot.incarnations[usize::from(slot.incarnation?)].row = slot.hand;
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

    fn join(&self, slot: &mut Slot) {
        let number = if self.is(Mutant::RowReplaced) { 0 } else { slot.joins };
        slot.sign_out();
        slot.incarnation = Some(number);
        slot.joins += 1;
        slot.incarnations[usize::from(number)].row = Some(0);
        slot.renumber(usize::from(number));
    }

    /// What was read is applied; then the snapshot and its lease are seen as one.
    fn publish(&self, slot: &mut Slot) -> Option<()> {
        let hand = slot.hand?;
        let (mut age, head) = match slot.renewal {
            Renewal::Read { age, head } => (age, head),
            Renewal::Half { head } => {
                (slot.hand, slot.published, slot.renewal) = (Some(head), head, Renewal::Idle);
                return Some(());
            }
            _ => return None,
        };
        if self.is(Mutant::JoinInOneTransaction) && !slot.tenured {
            slot.incarnations[usize::from(slot.incarnation?)].row = Some(hand);
        }
        if self.is(Mutant::LeaseFromReply) {
            age = 0;
        }
        let applied = if self.is(Mutant::RenewedWithoutApplying) { hand } else { hand.max(head) };
        let tenure = Tenure::renewed(self.ago(age), position(head));
        let lease = match self.is(Mutant::RenewedWithoutApplying) {
            true => tenure.lease(position(head)),
            false => tenure.lease(position(applied)),
        };
        slot.lease = lease.holds(NOW).then_some(age);
        (slot.tenured, slot.renewal) = (true, Renewal::Idle);
        if self.is(Mutant::OlderSnapshot) && slot.published != applied {
            slot.renewal = Renewal::Half { head: applied };
        } else {
            (slot.hand, slot.published) = (Some(applied), applied);
        }
        Some(())
    }

    /// Ages grow until they tell nothing more.
    fn tick(&self, state: &mut State, except: Option<usize>) {
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
            match &mut slot.renewal {
                Renewal::Asked(age) | Renewal::Read { age, .. } => older(age),
                Renewal::Idle | Renewal::Half { .. } => {}
            }
        }
        match &mut state.revocation {
            Revocation::Sent(age) | Revocation::Committed(age) | Revocation::Waiting(age) => older(age),
            Revocation::None | Revocation::Returned { .. } => {}
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

    fn observe(&self, state: &mut State, node: usize, incarnation: usize) {
        let seen_at = state.watching.take().map_or(NOW, |age| self.ago(age));
        // In this mutant it counts one tick more than has passed.
        let early = if self.is(Mutant::EarlyEviction) { self.tick_length() } else { Duration::ZERO };
        let inc = &mut state.slots[node].incarnations[incarnation];
        let Some(member) = member(inc) else { return };
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

    fn revoke(&self, state: &mut State, step: Step) {
        state.revocation = match (step, state.revocation) {
            (Step::Revoke, _) => {
                if self.is(Mutant::MembersBeforeCommit) {
                    for inc in state.slots.iter_mut().flat_map(|slot| &mut slot.incarnations) {
                        inc.known = inc.row.is_some();
                    }
                }
                Revocation::Sent(0)
            }
            (Step::Commit, before) => {
                state.head = REVOKED;
                Revocation::Committed(if let Revocation::Sent(age) = before { age } else { 0 })
            }
            (Step::Acknowledge, _) if self.is(Mutant::NoConfirmations) => {
                Revocation::Returned { confirmed: true }
            }
            (Step::Acknowledge, Revocation::Committed(age)) => Revocation::Waiting(age),
            (Step::Judge, Revocation::Waiting(age)) => {
                let known = |inc: &&Inc| inc.known || !self.is(Mutant::MembersBeforeCommit);
                let incarnations = state.slots.iter().flat_map(|slot| &slot.incarnations);
                let members = incarnations.filter(known).filter_map(member).collect();
                match judge(&Round { asked_at: NOW, members }, self.ago(age), position(REVOKED)) {
                    Verdict::Confirmed => Revocation::Returned { confirmed: true },
                    Verdict::WaitedOut => Revocation::Returned { confirmed: false },
                    Verdict::NotYet if self.is(Mutant::NoWait) => Revocation::Returned { confirmed: false },
                    Verdict::NotYet => Revocation::Waiting(age),
                }
            }
            (_, unchanged) => unchanged,
        };
        if state.has_returned() {
            for inc in state.slots.iter_mut().flat_map(|slot| &mut slot.incarnations) {
                inc.seen = None;
            }
        }
    }

    fn sees_the_start_of_a_revocation(&self) -> bool {
        self.is(Mutant::MembersBeforeCommit) || self.is(Mutant::WaitFromTheStart)
    }

    fn lease(&self, age: u8) -> Lease {
        Tenure::renewed(self.ago(age), Position::ZERO).lease(Position::ZERO)
    }

    /// So long that the longest wait is a whole number of them.
    fn tick_length(&self) -> Duration {
        longest_wait(LEASE) / u32::from(self.ticks)
    }

    fn ago(&self, ticks: u8) -> Duration {
        // What is as old as the longest wait is no younger, whatever the division has lost.
        if ticks >= self.ticks {
            NOW - longest_wait(LEASE)
        } else {
            NOW - self.tick_length() * u32::from(ticks)
        }
    }

    fn age_of(&self, moment: Duration) -> u8 {
        (0..self.ticks).find(|age| self.ago(*age) <= moment).unwrap_or(self.ticks)
    }
}

/// The row, as the server reads it. Those of others play no part in what is decided about one.
fn member(inc: &Inc) -> Option<ServingMember> {
    let applied = position(inc.row?);
    Some(ServingMember {
        name: String::new(),
        incarnation: String::new(),
        lease_seq: 1,
        applied,
        lease: LEASE,
    })
}

fn position(number: u8) -> Position {
    Position::new(u64::from(number))
}
