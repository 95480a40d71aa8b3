//! The model that is searched: its steps, and what must hold in every state.

use stateright::{Model, Property};

use crate::feed::barrier::REVOKED;
use crate::feed::bounds::Feed;
use crate::feed::state::{FeedState, Server, Wait};
use crate::feed::step::FeedStep;

pub const FEED_PROMISE: &str = "after a revocation has returned the verifier trusts no set from before";

/// Whether the verifier trusts a set without the revocation although that has returned.
pub fn is_trusted(state: &FeedState) -> bool {
    state.has_returned() && state.verifier.lease.is_some() && state.verifier.position < REVOKED
}

impl Model for Feed {
    type State = FeedState;
    type Action = FeedStep;

    fn init_states(&self) -> Vec<FeedState> {
        vec![FeedState::start()]
    }

    fn actions(&self, state: &FeedState, steps: &mut Vec<FeedStep>) {
        self.possible_steps(state, steps);
    }

    fn next_state(&self, before: &FeedState, step: FeedStep) -> Option<FeedState> {
        let mut state = before.clone();
        match step {
            FeedStep::Tick => self.tick(&mut state),
            FeedStep::Commit | FeedStep::ReadVerifiers | FeedStep::Judge => {
                self.step_of_barrier(&mut state, step)?;
            }
            FeedStep::Send(_)
            | FeedStep::Hear
            | FeedStep::Load
            | FeedStep::Respond
            | FeedStep::Deliver
            | FeedStep::Abandon
            | FeedStep::Beat
            | FeedStep::Restart => self.step_of_verifier(&mut state, step)?,
            _ => self.step_of_server(&mut state, step)?,
        }
        // An absence ends with the return of the member, or with the row.
        for rows in state.servers.iter_mut().flat_map(|server| &mut server.rows) {
            if rows.member.is_some() || rows.verifier.is_none() {
                rows.absent = None;
            }
        }
        let state = if self.incarnations[0] == self.incarnations[1] { state.in_order() } else { state };
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(FEED_PROMISE, |_, state| !is_trusted(state)),
            Property::sometimes("the verifier confirms", |_, state: &FeedState| {
                let has_confirmed = state.revocation == Wait::Returned { confirmed: true };
                has_confirmed && state.verifier.lease.is_some()
            }),
            Property::sometimes("the verifier is waited out", |_, state: &FeedState| {
                state.revocation == Wait::Returned { confirmed: false }
            }),
            Property::sometimes("the verifier has rows of two servers", |feed: &Feed, state: &FeedState| {
                let has_row = |server: &Server| server.rows.iter().any(|rows| rows.verifier.is_some());
                feed.incarnations.contains(&0) || state.servers.iter().all(has_row)
            }),
        ]
    }
}
