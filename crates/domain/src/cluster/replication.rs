//! Whether a commit has reached the configured synchronous standbys. Pure.

use crate::cluster::receipt::Durability;

/// PostgreSQL's synchronous replication state at one moment. WAL positions are byte offsets from its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replication {
    /// `synchronous_standby_names`.
    pub names: String,
    /// Whether commits wait for the standbys in `names`.
    pub waits: bool,
    /// Whether this role may see the standbys; without that right nothing can be verified.
    pub sees_standbys: bool,
    /// The primary's WAL is flushed up to here. Every commit acknowledged before lies below.
    pub flushed: i64,
    /// The flushed WAL position of each participating standby.
    pub standbys: Vec<i64>,
}

impl Replication {
    /// Whether synchronous replication is configured and verifiable; if so, commits must be covered.
    pub fn is_verifiable(&self) -> bool {
        self.waits && self.sees_standbys
    }

    /// Whether enough standbys are connected to cover a commit.
    pub fn has_enough_standbys(&self) -> bool {
        self.is_verifiable() && self.standbys.len() >= needed_standbys(&self.names)
    }

    /// Whether the required number of standbys has flushed the WAL up to `place`.
    pub fn covers(&self, place: i64) -> bool {
        let reached = self.standbys.iter().filter(|standby| **standby >= place).count();
        self.is_verifiable() && reached >= needed_standbys(&self.names)
    }

    /// The durability of a commit below `place`.
    pub fn durability(&self, place: i64) -> Durability {
        if self.covers(place) { Durability::Synchronous } else { Durability::Single }
    }
}

/// `2` of `ANY 2 (a, b, c)` and of `2 (a, b)`, else one.
pub fn needed_standbys(names: &str) -> usize {
    let before = names.split_once('(').map_or("", |(before, _)| before);
    let number = before.split_whitespace().next_back().and_then(|number| number.parse().ok());
    number.unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replication(names: &str, standbys: &[i64]) -> Replication {
        let (names, standbys) = (names.to_owned(), standbys.to_vec());
        Replication { names, waits: true, sees_standbys: true, flushed: 100, standbys }
    }

    #[test]
    fn needed_standbys_are_what_the_setting_says() {
        for (names, needed) in [
            ("*", 1),
            ("a, b", 1),
            ("FIRST 1 (a, b)", 1),
            ("ANY 2 (a, b, c)", 2),
            ("3 (a,b,c)", 3),
            ("any(a)", 1),
        ] {
            assert_eq!(needed_standbys(names), needed, "{names}");
        }
    }

    #[test]
    fn commit_is_synchronous_when_enough_standbys_have_flushed_it() {
        for (names, standbys, is_synchronous) in [
            ("a", &[100][..], true),
            ("a", &[101], true),
            ("a", &[99], false),
            ("a", &[], false),
            ("ANY 2 (a, b, c)", &[100, 99, 120], true),
            ("ANY 2 (a, b, c)", &[100, 99, 98], false),
            ("FIRST 2 (a, b, c)", &[100], false),
        ] {
            let found = replication(names, standbys).durability(100) == Durability::Synchronous;
            assert_eq!(found, is_synchronous, "{names} {standbys:?}");
        }
        for hidden in [
            Replication { waits: false, ..replication("a", &[100]) },
            Replication { sees_standbys: false, ..replication("a", &[100]) },
        ] {
            assert_eq!(hidden.durability(100), Durability::Single);
            assert!(!hidden.is_verifiable() && !hidden.has_enough_standbys());
        }
    }
}
