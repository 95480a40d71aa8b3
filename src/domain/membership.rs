//! Servers that answer from one database: who is waited for, and who is gone. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_contract::Position;

use super::{LEASE, mutants};

/// A lease of another machine, on this one's clock: rates differ by at most 1 %, and scheduling takes its slack.
pub fn longest_wait(lease: Duration) -> Duration {
    lease + lease / 100 + Duration::from_millis(50)
}

/// One server, as its row says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServingMember {
    /// Of one run: never used again.
    pub incarnation: String,
    pub name: String,
    /// Grows with every renewal.
    pub lease_seq: i64,
    /// It has applied the log up to here, and answers from no earlier state.
    pub applied: Position,
    pub lease: Duration,
}

/// All rows as of one moment, and a time before that moment.
#[derive(Clone, Debug)]
pub struct Round {
    pub asked_at: Duration,
    pub members: Vec<ServingMember>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everyone has applied it.
    Confirmed,
    /// Whoever has not cannot answer from an earlier state any more.
    WaitedOut,
    NotYet,
}

/// Whether a row of the log whose commit was acknowledged at `committed_at` is known to everyone who may answer.
///
/// A lease that does not cover it was asked for before the commit, and ends within its length; the longest that is found counts.
pub fn judge(round: &Round, committed_at: Duration, position: Position) -> Verdict {
    if mutants::NO_CONFIRMATIONS || round.members.iter().all(|member| member.applied >= position) {
        return Verdict::Confirmed;
    }
    if mutants::NO_WAIT {
        return Verdict::WaitedOut;
    }
    let longest = round.members.iter().map(|member| member.lease).max().unwrap_or(LEASE).max(LEASE);
    match round.asked_at >= committed_at + longest_wait(longest) {
        true => Verdict::WaitedOut,
        false => Verdict::NotYet,
    }
}

/// A row as it was first seen, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    pub lease_seq: i64,
    pub since: Duration,
}

/// Remembers since when each server, by its incarnation, has not renewed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Watch(pub BTreeMap<String, Seen>);

impl Watch {
    /// Servers whose very row may be taken away, each as it was seen: their leases are over, counted on this clock alone.
    ///
    /// `seen_at` is read after the rows: a renewal that was asked for while they were being read may stand in them.
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

    fn member(name: &str, lease_seq: i64, applied: u64) -> ServingMember {
        let applied = Position::new(applied);
        ServingMember { incarnation: name.into(), name: name.into(), lease_seq, applied, lease: LEASE }
    }

    fn at(millis: u64, members: &[ServingMember]) -> Round {
        Round { asked_at: Duration::from_millis(millis), members: members.to_vec() }
    }

    #[test]
    fn everyone_confirms_or_is_waited_out() {
        let (ahead, behind) = (member("a", 1, 7), member("b", 1, 6));
        let committed_at = Duration::from_millis(1_000);
        let judge = |round: &Round| judge(round, committed_at, Position::new(7));
        assert_eq!(judge(&at(1_000, std::slice::from_ref(&ahead))), Verdict::Confirmed);
        assert_eq!(judge(&at(1_000, &[])), Verdict::Confirmed);
        assert_eq!(judge(&at(4_079, &[ahead.clone(), behind.clone()])), Verdict::NotYet);
        assert_eq!(judge(&at(4_080, &[ahead.clone(), behind.clone()])), Verdict::WaitedOut);
        let longer = ServingMember { lease: Duration::from_secs(10), ..behind };
        assert_eq!(judge(&at(11_149, &[ahead.clone(), longer.clone()])), Verdict::NotYet);
        assert_eq!(judge(&at(11_150, &[ahead, longer])), Verdict::WaitedOut);
    }

    #[test]
    fn gone_is_who_has_not_renewed_for_longer_than_a_lease_lasts() {
        let mut watch = Watch::default();
        let mut observe =
            |millis, members: &[ServingMember]| watch.observe(members, Duration::from_millis(millis));
        assert!(observe(0, &[member("a", 1, 0), member("b", 1, 0)]).is_empty());
        assert!(observe(3_000, &[member("a", 2, 0), member("b", 1, 0)]).is_empty());
        assert_eq!(observe(3_080, &[member("a", 2, 0), member("b", 1, 0)]), [member("b", 1, 0)]);
        // Somebody who comes back is watched anew.
        assert!(observe(3_090, &[member("a", 2, 0)]).is_empty());
        assert!(observe(9_000, &[member("b", 1, 0)]).is_empty());
        assert_eq!(observe(12_080, &[member("b", 1, 0)]).len(), 1);
    }
}
