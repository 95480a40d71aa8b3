//! The model that is searched: its steps, and the result of each.

use claviger_domain::{Lease, Leased};
use stateright::{Model, Property};

use crate::mutant::Mutant;
use crate::protocol::bounds::Protocol;
use crate::protocol::promise::properties;
use crate::protocol::time::NOW;
use crate::state::{Look, State};
use crate::step::Step;

impl Model for Protocol {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        vec![State::start()]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        self.possible_steps(state, steps);
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
        properties()
    }
}
