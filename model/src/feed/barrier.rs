//! The revocation, which waits for servers and for the verifier.

use claviger_contract::Position;
use claviger_domain::{
    LEASE, ResourceServerId, Round, ServingMember, VERIFIER_LEASE, Verdict, VerifierRow, judge, longest_wait,
};

use crate::feed::bounds::Feed;
use crate::feed::mutant::FeedMutant;
use crate::feed::state::{FeedState, Wait};
use crate::feed::step::FeedStep;
use crate::feed::time::NOW;

pub const REVOKED: u8 = 1;

impl Feed {
    pub fn step_of_barrier(&self, state: &mut FeedState, step: FeedStep) -> Option<()> {
        match step {
            FeedStep::Commit => (state.head, state.revocation) = (REVOKED, Wait::Waiting(0)),
            FeedStep::ReadVerifiers => state.early = Some((0, state.verifier_rows())),
            FeedStep::Judge => {
                let Wait::Waiting(age) = state.revocation else { return None };
                let (asked, rows) = state.early.take().unwrap_or_else(|| (0, state.verifier_rows()));
                let verifiers: Vec<_> =
                    rows.into_iter().flatten().flatten().filter_map(verifier_row).collect();
                let members = state.servers.iter().flat_map(|server| server.rows);
                let members: Vec<_> = members.filter_map(|rows| rows.member).map(member).collect();
                let (asked_at, committed_at) = (self.ago(asked), self.ago(age));
                let round = Round { asked_at, members: &members, verifiers: &verifiers };
                let position = Position::new(REVOKED.into());
                let mut verdict = judge(&round, committed_at, position);
                let is_first_without = !*state.fixed.get_or_insert(!verifiers.is_empty());
                let short = self.is(FeedMutant::WaitForServersOnly)
                    || (self.is(FeedMutant::WaitFixedAtFirst) && is_first_without);
                if !self.is(FeedMutant::WaitFixedAtFirst) {
                    state.fixed = None;
                }
                if short && verdict == Verdict::NotYet && NOW >= committed_at + longest_wait(LEASE) {
                    verdict = Verdict::WaitedOut;
                }
                match verdict {
                    Verdict::Confirmed => self.end(state, true),
                    Verdict::WaitedOut => self.end(state, false),
                    Verdict::NotYet => {}
                }
            }
            _ => return None,
        }
        Some(())
    }

    /// Rows matter no more.
    fn end(&self, state: &mut FeedState, confirmed: bool) {
        state.revocation = Wait::Returned { confirmed };
        (state.early, state.fixed) = (None, None);
        for server in &mut state.servers {
            (server.deleting, server.rows) = (None, Default::default());
        }
    }
}

fn member(applied: u8) -> ServingMember {
    ServingMember {
        incarnation: String::new(),
        name: String::new(),
        lease_seq: 1,
        applied: Position::new(applied.into()),
        lease: LEASE,
    }
}

fn verifier_row(acked: u8) -> Option<VerifierRow> {
    Some(VerifierRow {
        verifier: "the-only-verifier".parse().ok()?,
        node: String::new(),
        resource_server: ResourceServerId::from_u128(1),
        acked: Position::new(acked.into()),
        seq: 1,
        lease: VERIFIER_LEASE,
    })
}
