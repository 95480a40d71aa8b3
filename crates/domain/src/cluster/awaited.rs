//! The servers that one wait has found, until its end. Pure.

use std::collections::{BTreeMap, BTreeSet};

use claviger_contract::Position;

use crate::cluster::membership::ServingMember;

/// A server whose row is deleted during a wait did not confirm, and stays in the receipt: its last row counts.
#[derive(Clone, Debug, Default)]
pub struct Awaited {
    by_incarnation: BTreeMap<String, Last>,
}

#[derive(Clone, Debug)]
struct Last {
    name: String,
    applied: Position,
    /// Whether the row was there at the last look.
    is_member: bool,
}

/// Names of servers, each once, sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitedNames {
    pub confirmed: Vec<String>,
    pub unconfirmed: Vec<String>,
}

impl Awaited {
    /// Call with the rows of each look since the commit.
    pub fn note(&mut self, members: &[ServingMember]) {
        self.by_incarnation.values_mut().for_each(|last| last.is_member = false);
        for member in members {
            let last = Last { name: member.name.clone(), applied: member.applied, is_member: true };
            self.by_incarnation.insert(member.incarnation.clone(), last);
        }
    }

    /// A server that has restarted during the wait and confirmed is not named for its previous run.
    pub fn names(&self, position: Position) -> AwaitedNames {
        let named = |wanted: &dyn Fn(&Last) -> bool| -> BTreeSet<String> {
            self.by_incarnation.values().filter(|last| wanted(last)).map(|last| last.name.clone()).collect()
        };
        let confirmed = named(&|last| last.applied >= position);
        let unconfirmed =
            named(&|last| last.applied < position && (last.is_member || !confirmed.contains(&last.name)));
        AwaitedNames {
            confirmed: confirmed.into_iter().collect(),
            unconfirmed: unconfirmed.into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::lease::LEASE;

    fn member(incarnation: &str, name: &str, applied: u64) -> ServingMember {
        let applied = Position::new(applied);
        ServingMember {
            incarnation: incarnation.into(),
            name: name.into(),
            lease_seq: 1,
            applied,
            lease: LEASE,
        }
    }

    /// The names after these looks, for position 7.
    fn names<const LOOKS: usize>(looks: [Vec<&ServingMember>; LOOKS]) -> [String; 2] {
        let mut awaited = Awaited::default();
        for members in looks {
            awaited.note(&members.into_iter().cloned().collect::<Vec<_>>());
        }
        let AwaitedNames { confirmed, unconfirmed } = awaited.names(Position::new(7));
        [confirmed.join(" "), unconfirmed.join(" ")]
    }

    #[test]
    fn every_server_found_since_the_commit_is_named() {
        let (a, b, late) = (member("1", "a", 7), member("2", "b", 6), member("2", "b", 8));
        let again = member("3", "b", 7);
        assert_eq!(names([]), ["", ""]);
        assert_eq!(names([vec![&a, &b]]), ["a", "b"]);
        assert_eq!(names([vec![&a, &b], vec![&a]]), ["a", "b"], "evicted during the wait");
        assert_eq!(names([vec![&a, &b], vec![]]), ["a", "b"]);
        assert_eq!(names([vec![&b], vec![&late], vec![&a]]), ["a b", ""], "confirmed, then left");
        assert_eq!(names([vec![&a, &b], vec![&a, &again]]), ["a b", ""], "restarted");
        assert_eq!(names([vec![&a, &b, &again]]), ["a b", "b"], "the previous run may still answer");
    }
}
