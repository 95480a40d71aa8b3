//! Servers on one database, and the verifiers attached to them: which are waited for, and which are gone. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_contract::Position;

use crate::cluster::lease::{LEASE, longest_wait};
use crate::cluster::mutants;
use crate::cluster::verifiers::{VERIFIER_LEASE, VerifierRow, acknowledged};

/// One server, as in its row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServingMember {
    /// Identifies one run; never reused.
    pub incarnation: String,
    pub name: String,
    /// Grows with every renewal.
    pub lease_seq: i64,
    /// The server has applied the log up to here and serves no earlier state.
    pub applied: Position,
    pub lease: Duration,
}

/// All rows that are waited for, from one snapshot of the database, and a time before that snapshot.
///
/// With rows of verifiers that are older than those of members, a verifier could be missed: its row is committed before
/// its first answer, and the server that answered may apply the position between the two reads.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    pub asked_at: Duration,
    pub members: &'a [ServingMember],
    /// Those of the realm. Empty if only servers are waited for.
    pub verifiers: &'a [VerifierRow],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every server and verifier has applied it.
    Confirmed,
    /// Those that have not applied it can no longer serve or trust an earlier state.
    WaitedOut,
    NotYet,
}

/// Whether every server that may respond, and every verifier that may accept, knows a log row whose commit was
/// acknowledged at `committed_at`.
///
/// A server's lease that does not cover the row was requested before the commit and ends within its length. What that
/// server answered a verifier last is trusted for another lease. The longest leases found count. Whether verifiers are
/// waited for is decided by each round for itself: one may have attached since the round before.
pub fn judge(round: &Round<'_>, committed_at: Duration, position: Position) -> Verdict {
    let late = acknowledged(round.verifiers).into_iter().filter(|(_, acked)| *acked < position);
    let late: Vec<_> = late.map(|(verifier, _)| verifier).filter(|_| !mutants::NO_VERIFIERS).collect();
    let has_confirmed = |member: &ServingMember| member.applied >= position;
    if mutants::NO_CONFIRMATIONS || (late.is_empty() && round.members.iter().all(has_confirmed)) {
        return Verdict::Confirmed;
    }
    if mutants::NO_WAIT {
        return Verdict::WaitedOut;
    }
    let of_servers = round.members.iter().map(|member| member.lease).max().unwrap_or(LEASE).max(LEASE);
    let of_late = round.verifiers.iter().filter(|row| late.contains(&(row.resource_server, &row.verifier)));
    let of_late = of_late.map(|row| row.lease.max(VERIFIER_LEASE)).max().unwrap_or(Duration::ZERO);
    match round.asked_at >= committed_at + longest_wait(of_servers + of_late) {
        true => Verdict::WaitedOut,
        false => Verdict::NotYet,
    }
}

/// A row when first seen, and the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    pub lease_seq: i64,
    pub since: Duration,
}

/// Records since when each server, by incarnation, has not renewed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watch(pub BTreeMap<String, Seen>);

impl Watch {
    /// Servers whose rows may be deleted, each as seen: their leases have expired by this clock alone.
    ///
    /// `seen_at` is read after the rows, as they may include a renewal that was requested during the read.
    pub fn observe(&mut self, members: &[ServingMember], seen_at: Duration) -> Vec<ServingMember> {
        self.0.retain(|incarnation, _| members.iter().any(|member| member.incarnation == *incarnation));
        let mut gone = Vec::new();
        for member in members {
            let seen = Seen { lease_seq: member.lease_seq, since: seen_at };
            let known = self.0.entry(member.incarnation.clone()).or_insert(seen);
            let lease = longest_wait(member.lease.max(LEASE));
            if known.lease_seq != member.lease_seq {
                *known = seen;
            } else if seen_at >= known.since + lease || mutants::EARLY_EVICTION {
                gone.push(member.clone());
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::resource_server::ResourceServerId;

    fn member(name: &str, lease_seq: i64, applied: u64) -> ServingMember {
        let applied = Position::new(applied);
        ServingMember { incarnation: name.into(), name: name.into(), lease_seq, applied, lease: LEASE }
    }

    fn verifier(name: &str, node: &str, acked: u64) -> VerifierRow {
        VerifierRow {
            verifier: format!("{name:0>16}").parse().expect("an id"),
            node: node.into(),
            resource_server: ResourceServerId::from_u128(1),
            acked: Position::new(acked),
            seq: 1,
            lease: VERIFIER_LEASE,
        }
    }

    /// For position 7, committed at 1,000.
    fn verdict(millis: u64, members: &[ServingMember], verifiers: &[VerifierRow]) -> Verdict {
        let round = Round { asked_at: Duration::from_millis(millis), members, verifiers };
        judge(&round, Duration::from_millis(1_000), Position::new(7))
    }

    #[test]
    fn everyone_confirms_or_is_waited_out() {
        let (ahead, behind) = (member("a", 1, 7), member("b", 1, 6));
        assert_eq!(verdict(1_000, std::slice::from_ref(&ahead), &[]), Verdict::Confirmed);
        assert_eq!(verdict(1_000, &[], &[]), Verdict::Confirmed);
        let both = [ahead.clone(), behind.clone()];
        assert_eq!(verdict(4_079, &both, &[]), Verdict::NotYet);
        assert_eq!(verdict(4_080, &both, &[]), Verdict::WaitedOut);
        let longer = [ahead, ServingMember { lease: Duration::from_secs(10), ..behind }];
        assert_eq!(verdict(11_149, &longer, &[]), Verdict::NotYet);
        assert_eq!(verdict(11_150, &longer, &[]), Verdict::WaitedOut);
    }

    #[test]
    fn verifier_confirms_at_any_server_or_is_waited_out_after_both_leases() {
        let (ahead, behind) = (member("a", 1, 7), member("b", 1, 6));
        let (late, acked, other) = (verifier("v", "a", 6), verifier("v", "b", 7), verifier("w", "gone", 0));
        let members = std::slice::from_ref(&ahead);
        assert_eq!(verdict(1_000, members, std::slice::from_ref(&acked)), Verdict::Confirmed);
        assert_eq!(verdict(1_000, members, &[late.clone(), acked.clone()]), Verdict::Confirmed);
        assert_eq!(verdict(1_000, members, &[acked.clone(), late.clone()]), Verdict::Confirmed);
        // 1,000 + 6,000 and 1 % + 50
        assert_eq!(verdict(7_109, members, std::slice::from_ref(&late)), Verdict::NotYet);
        assert_eq!(verdict(7_110, members, std::slice::from_ref(&late)), Verdict::WaitedOut);
        assert_eq!(verdict(7_109, &[], &[acked.clone(), other]), Verdict::NotYet, "of a server that is gone");
        let long = VerifierRow { lease: Duration::from_secs(10), ..late };
        assert_eq!(verdict(14_179, members, std::slice::from_ref(&long)), Verdict::NotYet);
        assert_eq!(verdict(14_180, members, &[long]), Verdict::WaitedOut);
        // Only a late verifier may trust an answer from before.
        assert_eq!(
            verdict(4_079, std::slice::from_ref(&behind), std::slice::from_ref(&acked)),
            Verdict::NotYet
        );
        assert_eq!(verdict(4_080, &[behind], &[acked]), Verdict::WaitedOut);
    }

    #[test]
    fn gone_is_who_has_not_renewed_for_longer_than_a_lease_lasts() {
        let mut watch = Watch::default();
        let mut observe =
            |millis, members: &[ServingMember]| watch.observe(members, Duration::from_millis(millis));
        assert!(observe(0, &[member("a", 1, 0), member("b", 1, 0)]).is_empty());
        assert!(observe(3_000, &[member("a", 2, 0), member("b", 1, 0)]).is_empty());
        assert_eq!(observe(3_080, &[member("a", 2, 0), member("b", 1, 0)]), [member("b", 1, 0)]);
        // A returning server is observed from the start.
        assert!(observe(3_090, &[member("a", 2, 0)]).is_empty());
        assert!(observe(9_000, &[member("b", 1, 0)]).is_empty());
        assert_eq!(observe(12_080, &[member("b", 1, 0)]).len(), 1);
    }
}
