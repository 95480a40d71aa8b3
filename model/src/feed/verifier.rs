//! The steps of the verifier, and of its request.

use claviger_domain::{LEASE, VERIFIER_LEASE};

use crate::feed::bounds::Feed;
use crate::feed::mutant::FeedMutant;
use crate::feed::state::{FeedState, Holder, Known, Poll, Stage};
use crate::feed::step::FeedStep;

impl Feed {
    pub fn step_of_verifier(&self, state: &mut FeedState, step: FeedStep) -> Option<()> {
        match step {
            FeedStep::Send(number) => {
                let server = u8::try_from(number).ok()?;
                let after = state.verifier.position;
                state.verifier.poll = Some(Poll { server, asked: 0, after, stage: Stage::Sent, heard: None });
            }
            FeedStep::Hear => self.hear(state)?,
            FeedStep::Load => {
                let poll = state.verifier.poll.as_mut()?;
                let server = &state.servers[usize::from(poll.server)];
                let (position, lease) = (server.published, server.lease);
                if position < poll.after && !self.is(FeedMutant::AnswerBelowAfter) {
                    return None;
                }
                poll.stage = Stage::Loaded { position, lease };
            }
            FeedStep::Respond => {
                let poll = state.verifier.poll.as_mut()?;
                let Stage::Loaded { position, lease } = poll.stage else { return None };
                let holds = lease.is_some_and(|age| self.holds(age, LEASE));
                if !holds && !self.is(FeedMutant::UncheckedDeadline) {
                    return None;
                }
                poll.stage = Stage::Answered { position };
            }
            FeedStep::Deliver => self.deliver(&mut state.verifier)?,
            FeedStep::Abandon => state.verifier.poll = None,
            FeedStep::Beat => state.verifier.lease = Some(0),
            FeedStep::Restart => {
                state.verifier = Holder::default();
                if !self.is(FeedMutant::IdKeptAtRestart) {
                    // The rows of the process before are of no use, and may be gone at once.
                    for server in &mut state.servers {
                        (server.known, server.deleting) = (None, None);
                        server.rows.iter_mut().for_each(|rows| (rows.verifier, rows.absent) = (None, None));
                    }
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// The row of a known verifier exists. One that is not known is committed, and known from then on.
    fn hear(&self, state: &mut FeedState) -> Option<()> {
        let mut poll = state.verifier.poll?;
        let number = usize::from(poll.server);
        let acked = match state.servers[number].known {
            Some(known) => known.acked.max(poll.after),
            None => {
                self.commit_row(state, number, poll.after)?;
                poll.after
            }
        };
        let server = &mut state.servers[number];
        server.known = Some(Known { acked, heard: 0 });
        poll.heard = Some(server.lease_of);
        state.verifier.poll = Some(poll);
        Some(())
    }

    /// The set and its lease are one value. A set in pages is replaced when the last page is in.
    fn deliver(&self, verifier: &mut Holder) -> Option<()> {
        let poll = verifier.poll.take()?;
        let Stage::Answered { position } = poll.stage else { return None };
        let asked = if self.is(FeedMutant::LeaseFromReply) { 0 } else { poll.asked };
        if self.pages && verifier.lease.is_none() && verifier.first.is_none() {
            verifier.first = Some((position, asked));
            return Some(());
        }
        let (position, asked) = match verifier.first.take() {
            Some((position, _)) if self.is(FeedMutant::LeaseFromLastPage) => (position, asked),
            Some(first) => first,
            None => (position, asked),
        };
        if position < verifier.position && !self.is(FeedMutant::AnswerBelowAfter) {
            return Some(());
        }
        verifier.position = position;
        verifier.lease = self.holds(asked, VERIFIER_LEASE).then_some(asked);
        Some(())
    }
}
