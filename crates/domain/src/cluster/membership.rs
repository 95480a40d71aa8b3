//! Servers on one database: which of them are waited for, and which are gone. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_contract::Position;

use crate::cluster::lease::LEASE;
use crate::cluster::mutants;

/// Another machine's lease measured by this one's clock: rates differ by at most 1 %, plus slack for scheduling.
pub fn longest_wait(lease: Duration) -> Duration {
    lease + lease / 100 + Duration::from_millis(50)
}

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

/// All rows at one moment, and a time before that moment.
#[derive(Clone, Debug)]
pub struct Round {
    pub asked_at: Duration,
    pub members: Vec<ServingMember>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every server has applied it.
    Confirmed,
    /// Servers that have not applied it can no longer serve an earlier state.
    WaitedOut,
    NotYet,
}

/// Whether every server that may respond knows a log row whose commit was acknowledged at `committed_at`.
///
/// A lease that does not cover the row was requested before the commit and ends within its length. The longest lease
/// found counts.
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
        // A returning server is observed from the start.
        assert!(observe(3_090, &[member("a", 2, 0)]).is_empty());
        assert!(observe(9_000, &[member("b", 1, 0)]).is_empty());
        assert_eq!(observe(12_080, &[member("b", 1, 0)]).len(), 1);
    }
}
