//! The rules: the possible steps from a state, and the result of each. The server's code makes the server's decisions.

use std::time::Duration;

use claviger_contract::Position;
use claviger_domain::{
    FOLLOWER_STEPS, FollowerStep, LEASE, Lease, Leased, Looks, Round, Seen, ServingMember, SharedCommit,
    Tenure, Verdict, Watch, judge, longest_wait,
};
use stateright::{Model, Property};

use crate::{Look, Mutant, Pass, Revocation, Rows, Slot, State, Step};

/// The bounds of one search, and its mutant.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// The maximum sign-ins of each node.
    pub incarnations: usize,
    /// A lease ends after this many ticks, on any clock.
    pub ticks: u8,
    /// Whether revocations share commits and reads of the members.
    pub shared: bool,
    pub mutant: Option<Mutant>,
}

/// Far from the zero of any clock.
const NOW: Duration = Duration::from_secs(1_000);

const REVOKED: u8 = 1;

pub const PROMISE: &str = "after a revocation has returned no node answers as before";

/// Whether the guarantee holds in this state.
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
            Step::Revoke
            | Step::Write
            | Step::LoseTransaction
            | Step::Commit
            | Step::Acknowledge
            | Step::Judge => {
                self.revoke(&mut state, step)?;
            }
            Step::Look => {
                let number = state.looks.begin()?;
                state.looking = Some((number, Look { age: 0, rows: None }));
            }
            Step::ReadRows => {
                let rows = state.rows();
                state.looking.as_mut()?.1.rows = Some(rows);
            }
            Step::ShowRows => self.show_rows(&mut state)?,
            Step::Evaluate(node) => state.slots[node].answer = Some(state.slots[node].lease),
            Step::Answer(node) => {
                let slot = &mut state.slots[node];
                let made_under = slot.answer.take()?;
                let checked = if self.is(Mutant::NewerDeadline) { slot.lease } else { made_under };
                let lease = checked.map_or(Lease::None, |age| self.lease(age));
                let evaluated = Leased { state: slot.published, lease }.evaluate(|published| *published);
                state.violated |= evaluated.give(NOW).is_ok();
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

    fn step_of_node(&self, state: &mut State, step: Step) -> Option<()> {
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

    fn step_of(&self, pass: Pass) -> Option<FollowerStep> {
        self.order().get(usize::from(pass.next)).copied()
    }

    fn number_of(&self, step: FollowerStep) -> u8 {
        let place = self.order().iter().position(|known| *known == step);
        place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default()
    }

    /// Takes one visible step, preceded by the invisible ones.
    fn advance(&self, slot: &mut Slot, head: u8) -> Option<()> {
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

    fn join(&self, slot: &mut Slot) {
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

    /// Ages stop growing where they no longer matter.
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

    fn observe(&self, state: &mut State, node: usize, incarnation: usize) {
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

    fn revoke(&self, state: &mut State, step: Step) -> Option<()> {
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
                let known = |inc: &crate::Inc| inc.known || !self.is(Mutant::MembersBeforeCommit);
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
    fn ticket(&self, state: &State) -> claviger_domain::Ticket {
        match self.is(Mutant::LookFromBefore) {
            true => Looks::<Look>::default().ask(),
            false => state.looks.ask(),
        }
    }

    /// A waiting revocation uses the result of a read at once: later it would be the same.
    fn show_rows(&self, state: &mut State) -> Option<()> {
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
        let round = Round { asked_at: self.ago(look.age), members };
        Some(match judge(&round, self.ago(committed), position(REVOKED)) {
            Verdict::Confirmed => Revocation::Returned { confirmed: true },
            Verdict::WaitedOut => Revocation::Returned { confirmed: false },
            Verdict::NotYet if self.is(Mutant::NoWait) => Revocation::Returned { confirmed: false },
            Verdict::NotYet => Revocation::Waiting(committed),
        })
    }

    fn sees_the_start_of_a_revocation(&self) -> bool {
        self.is(Mutant::MembersBeforeCommit) || self.is(Mutant::WaitFromTheStart)
    }

    fn lease(&self, age: u8) -> Lease {
        Tenure::renewed(self.ago(age), Position::ZERO).lease(Position::ZERO)
    }

    /// The longest wait is a whole number of ticks.
    fn tick_length(&self) -> Duration {
        longest_wait(LEASE) / u32::from(self.ticks)
    }

    fn ago(&self, ticks: u8) -> Duration {
        // An age of the longest wait must not lose time to the division.
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

fn members(rows: Rows) -> Vec<ServingMember> {
    rows.into_iter().flatten().flatten().map(member).collect()
}

/// A row as the server reads it. Decisions about one row do not depend on others.
fn member(applied: u8) -> ServingMember {
    ServingMember {
        name: String::new(),
        incarnation: String::new(),
        lease_seq: 1,
        applied: position(applied),
        lease: LEASE,
    }
}

fn position(number: u8) -> Position {
    Position::new(u64::from(number))
}
