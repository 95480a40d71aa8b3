//! The possible steps from a state.

use crate::feed::barrier::REVOKED;
use crate::feed::bounds::Feed;
use crate::feed::mutant::FeedMutant;
use crate::feed::state::{FeedState, Server, Stage, Wait};
use crate::feed::step::FeedStep;

impl Feed {
    pub fn possible_steps(&self, state: &FeedState, steps: &mut Vec<FeedStep>) {
        self.steps_of_verifier(state, steps);
        if state.has_returned() {
            // Whatever servers do now, they answer from the revocation on, or not at all.
            steps.push(FeedStep::Tick);
            return;
        }
        if state.verifier.position == REVOKED {
            // A verifier that has applied the revocation goes back in mutants alone: all that is left is to confirm it.
            if self.is(FeedMutant::AnswerBelowAfter) || self.is(FeedMutant::IdKeptAtRestart) {
                steps.push(FeedStep::Tick);
            }
            steps.push(FeedStep::Judge);
            for (number, server) in
                state.servers.iter().enumerate().filter(|(_, server)| server.run.is_some())
            {
                if server.lease.is_some() {
                    steps.extend([FeedStep::Follow(number), FeedStep::Confirm(number)]);
                }
                steps.extend(server.known.map(|_| FeedStep::WriteAcked(number)));
            }
            return;
        }
        steps.push(FeedStep::Tick);
        for (number, server) in state.servers.iter().enumerate() {
            self.steps_of_server(state, number, server, steps);
        }
        match state.revocation {
            Wait::None => steps.push(FeedStep::Commit),
            Wait::Waiting(_) if self.is(FeedMutant::VerifiersBeforeMembers) && state.early.is_none() => {
                steps.push(FeedStep::ReadVerifiers);
            }
            Wait::Waiting(_) => steps.push(FeedStep::Judge),
            Wait::Returned { .. } => {}
        }
    }

    fn steps_of_server(&self, state: &FeedState, number: usize, server: &Server, steps: &mut Vec<FeedStep>) {
        if server.joins < self.incarnations[number] {
            steps.push(FeedStep::Join(number));
        }
        if let Some(run) = server.run {
            if server.rows[usize::from(run)].member.is_some() {
                steps.push(FeedStep::Renew(number));
            }
            if server.lease.is_some() && server.lease_of == run {
                if server.published < state.head {
                    steps.push(FeedStep::Follow(number));
                }
                if server.rows[usize::from(run)].member.is_some_and(|applied| applied < server.published) {
                    steps.push(FeedStep::Confirm(number));
                }
            }
            steps.extend([FeedStep::Crash(number), FeedStep::Leave(number)]);
            if let Some(known) = server.known {
                steps.push(FeedStep::Forget(number));
                if server.rows[usize::from(run)].verifier.is_some_and(|acked| acked < known.acked) {
                    steps.push(FeedStep::WriteAcked(number));
                }
            }
            if server.deleting.is_some() {
                steps.push(FeedStep::Delete(number));
            }
        }
        for (run, rows) in server.rows.iter().enumerate() {
            let is_leased = server.lease.is_some() && usize::from(server.lease_of) == run;
            if rows.member.is_some() && !is_leased {
                steps.push(FeedStep::Evict(number, run));
            }
            if rows.member.is_none() && rows.verifier.is_some() {
                steps.push(FeedStep::SeeAbsent(number, run));
            }
        }
    }

    fn steps_of_verifier(&self, state: &FeedState, steps: &mut Vec<FeedStep>) {
        if self.is(FeedMutant::OneWayHeartbeats) && state.verifier.lease.is_some() {
            steps.push(FeedStep::Beat);
        }
        if self.is(FeedMutant::IdKeptAtRestart) || state.verifier.position < REVOKED {
            steps.push(FeedStep::Restart);
        }
        let Some(poll) = state.verifier.poll else {
            let running = (0..state.servers.len()).filter(|number| state.servers[*number].run.is_some());
            steps.extend(running.map(FeedStep::Send));
            return;
        };
        steps.push(FeedStep::Abandon);
        let server = &state.servers[usize::from(poll.server)];
        let late = self.is(FeedMutant::RowAfterAnswer) || self.is(FeedMutant::RowAfterEvaluation);
        match poll.stage {
            // A run that has published nothing yet may lose its row while the state of the run before is still answered
            // from.
            Stage::Sent if poll.heard.is_none() && !late => {
                steps.extend(server.run.filter(|run| *run == server.lease_of).map(|_| FeedStep::Hear));
            }
            // Of another run the verifier may have no row.
            Stage::Sent if server.run.is_some() && (late || poll.heard == Some(server.lease_of)) => {
                steps.push(FeedStep::Load);
            }
            Stage::Sent => {}
            Stage::Loaded { .. } if self.is(FeedMutant::RowAfterEvaluation) && poll.heard.is_none() => {
                steps.extend(server.run.map(|_| FeedStep::Hear));
            }
            Stage::Loaded { .. } => steps.push(FeedStep::Respond),
            Stage::Answered { .. } => {
                steps.push(FeedStep::Deliver);
                if self.is(FeedMutant::RowAfterAnswer) && poll.heard.is_none() {
                    steps.extend(server.run.map(|_| FeedStep::Hear));
                }
            }
        }
    }
}
