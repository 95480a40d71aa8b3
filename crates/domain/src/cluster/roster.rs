//! What a server has seen of all servers: when each last renewed, and which went silent. For display only. Pure.

use std::time::Duration;

use claviger_contract::Position;

use crate::cluster::lease::{LEASE, longest_wait};
use crate::cluster::membership::ServingMember;
use crate::words::words;

words! {
    /// Whether a server follows the log.
    NodeStatus {
        /// It has applied the log.
        InStep = "in_step",
        /// It renews its lease, and has not applied what was there a renewal ago.
        Behind = "behind",
        /// Its lease is over: it accepts nothing.
        Silent = "silent",
    }
}

/// A server, as this one saw it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenNode {
    pub name: String,
    /// Identifies one run; never reused.
    pub incarnation: String,
    /// Empty if the server is of a version that does not tell it.
    pub version: String,
    pub applied: Position,
    /// The time since which it has not renewed its lease, by this server's clock.
    pub renewed_at: Duration,
    /// The server that looks.
    pub is_own: bool,
    lease_seq: i64,
    lease: Duration,
    /// Its row was removed, and not by itself.
    is_lost: bool,
}

/// Ordered by name.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    nodes: Vec<SeenNode>,
    seen_at: Duration,
    head: Position,
    /// The head when the servers were seen the time before.
    earlier_head: Position,
}

/// A lost server is listed for so long, unless one of its name joins.
const LOST_KEPT: Duration = Duration::from_hours(1);

/// The most lost servers that are listed: each start of a server may have another name.
const MAX_LOST: usize = 50;

/// A server that had not renewed for so long when it was seen last did not leave by itself. Two servers that renew in
/// time see each other within less than two fifths of a lease, and nobody evicts a row before a whole lease is over.
const LOST_AFTER: Duration = Duration::from_millis(1_200);

impl Roster {
    /// `members` and `head` were read before `seen_at`; `own` is the incarnation of the server that looks.
    pub fn observe(
        &mut self,
        members: Vec<(ServingMember, String)>,
        own: &str,
        head: Position,
        seen_at: Duration,
    ) {
        let before = std::mem::take(&mut self.nodes);
        let was = |incarnation: &str| before.iter().find(|node| node.incarnation == incarnation);
        let mut nodes: Vec<SeenNode> = members
            .into_iter()
            .map(|(member, version)| {
                let known = was(&member.incarnation).filter(|node| node.lease_seq == member.lease_seq);
                SeenNode {
                    renewed_at: known.map_or(seen_at, |node| node.renewed_at),
                    is_own: member.incarnation == own,
                    name: member.name,
                    version,
                    applied: member.applied,
                    incarnation: member.incarnation,
                    lease_seq: member.lease_seq,
                    lease: member.lease.max(LEASE),
                    is_lost: false,
                }
            })
            .collect();
        let last_seen = self.seen_at;
        let is_lost = |node: &SeenNode| {
            let silent_for = last_seen.saturating_sub(node.renewed_at);
            let is_here =
                nodes.iter().any(|here| here.incarnation == node.incarnation || here.name == node.name);
            !is_here && !node.is_own && (node.is_lost || silent_for >= LOST_AFTER)
        };
        let kept = |node: &SeenNode| seen_at.saturating_sub(node.renewed_at) < LOST_KEPT;
        let mut lost: Vec<SeenNode> = before
            .iter()
            .filter(|node| is_lost(node) && kept(node))
            .map(|node| SeenNode { is_lost: true, ..node.clone() })
            .collect();
        lost.sort_by_key(|node| std::cmp::Reverse(node.renewed_at));
        lost.truncate(MAX_LOST);
        nodes.append(&mut lost);
        nodes.sort_by(|one, other| (&one.name, &one.incarnation).cmp(&(&other.name, &other.incarnation)));
        let earlier_head = self.head;
        *self = Self { nodes, seen_at, head, earlier_head };
    }

    pub fn nodes(&self) -> &[SeenNode] {
        &self.nodes
    }

    pub fn status(&self, node: &SeenNode, now: Duration) -> NodeStatus {
        if node.lease_left(now).is_zero() {
            NodeStatus::Silent
        } else if node.applied < self.earlier_head {
            NodeStatus::Behind
        } else {
            NodeStatus::InStep
        }
    }

    /// How many servers follow the log, and how many there are.
    pub fn in_step(&self, now: Duration) -> (usize, usize) {
        let in_step = |node: &&SeenNode| self.status(node, now) == NodeStatus::InStep;
        (self.nodes.iter().filter(in_step).count(), self.nodes.len())
    }
}

impl SeenNode {
    /// Its lease lasts no longer than this; zero if it is over.
    pub fn lease_left(&self, now: Duration) -> Duration {
        match (self.is_lost, self.is_own) {
            (true, _) => Duration::ZERO,
            // It answers, so its lease holds.
            (false, true) => self.lease.saturating_sub(now.saturating_sub(self.renewed_at)).max(SHORTEST),
            (false, false) => (self.renewed_at + longest_wait(self.lease)).saturating_sub(now),
        }
    }
}

const SHORTEST: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "a-0";

    fn member(name: &str, lease_seq: i64, applied: u64) -> (ServingMember, String) {
        let (incarnation, applied) = (format!("{name}-0"), Position::new(applied));
        let member = ServingMember { incarnation, name: name.into(), lease_seq, applied, lease: LEASE };
        (member, "0.1.0".into())
    }

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn shown(roster: &Roster, now: u64) -> Vec<(&str, NodeStatus)> {
        roster.nodes().iter().map(|node| (node.name.as_str(), roster.status(node, at(now)))).collect()
    }

    #[test]
    fn silent_is_who_does_not_renew_and_behind_who_does_not_apply() {
        let mut roster = Roster::default();
        let look = |roster: &mut Roster, members: &[(ServingMember, String)], head, millis| {
            roster.observe(members.to_vec(), OWN, Position::new(head), at(millis));
        };
        look(&mut roster, &[member("a", 1, 5), member("b", 1, 5)], 5, 0);
        assert_eq!(roster.in_step(at(0)), (2, 2));
        // A row that has just been written is not held against it.
        look(&mut roster, &[member("a", 2, 9), member("b", 2, 5)], 9, 800);
        assert_eq!(shown(&roster, 800), [("a", NodeStatus::InStep), ("b", NodeStatus::InStep)]);
        look(&mut roster, &[member("a", 3, 9), member("b", 3, 5)], 9, 1_600);
        assert_eq!(shown(&roster, 1_600), [("a", NodeStatus::InStep), ("b", NodeStatus::Behind)]);
        look(&mut roster, &[member("a", 4, 9), member("b", 3, 5)], 9, 4_600);
        assert_eq!(shown(&roster, 4_679)[1].1, NodeStatus::Behind);
        assert_eq!(shown(&roster, 4_680)[1].1, NodeStatus::Silent, "its lease is over by any clock");
        assert_eq!(roster.in_step(at(4_680)), (1, 2));
        // Its row was evicted: it stays listed until it is back.
        look(&mut roster, &[member("a", 5, 9)], 9, 5_400);
        look(&mut roster, &[member("a", 6, 9)], 9, 6_200);
        assert_eq!(shown(&roster, 6_200), [("a", NodeStatus::InStep), ("b", NodeStatus::Silent)]);
        assert_eq!(roster.nodes()[1].renewed_at, at(1_600));
        let mut back = member("b", 0, 9);
        back.0.incarnation = "b-1".into();
        look(&mut roster, &[member("a", 7, 9), back], 9, 7_000);
        assert_eq!(shown(&roster, 7_000), [("a", NodeStatus::InStep), ("b", NodeStatus::InStep)]);
    }

    #[test]
    fn who_leaves_by_itself_is_not_listed() {
        let mut roster = Roster::default();
        for second in 0..3_u64 {
            let seq = i64::try_from(second).unwrap_or(0);
            roster.observe(
                vec![member("a", seq, 1), member("b", seq, 1)],
                OWN,
                Position::new(1),
                at(second * 800),
            );
        }
        roster.observe(vec![member("a", 9, 1)], OWN, Position::new(1), at(2_400));
        assert_eq!(shown(&roster, 2_400), [("a", NodeStatus::InStep)]);
    }

    #[test]
    fn lost_servers_are_forgotten_after_an_hour() {
        let mut roster = Roster::default();
        roster.observe(vec![member("a", 1, 1), member("b", 1, 1)], OWN, Position::new(1), at(0));
        roster.observe(vec![member("a", 2, 1), member("b", 1, 1)], OWN, Position::new(1), at(3_000));
        roster.observe(vec![member("a", 3, 1)], OWN, Position::new(1), at(3_599_999));
        assert_eq!(roster.in_step(at(3_599_999)), (1, 2));
        roster.observe(vec![member("a", 4, 1)], OWN, Position::new(1), at(3_600_000));
        assert_eq!(roster.in_step(at(3_600_000)), (1, 1));
    }
}
