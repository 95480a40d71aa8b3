//! Tells who confirms while a barrier waits.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use claviger_contract::Position;
use claviger_domain::{AwaitedNames, AwaitedVerifiers, ResourceServerId};

/// Hears of each node and each resource server while others are still waited for. Only the end of the wait proves
/// anything.
pub trait Watcher {
    /// A node has applied the position, at most so long after the commit.
    fn confirmed(&self, node: &str, after: Duration);

    /// All verifiers of a resource server that were found until now have acknowledged the position.
    fn verifiers_confirmed(&self, resource_server: ResourceServerId, instances: u64, after: Duration);
}

/// Who has confirmed in one wait, and when. The watcher is told of each once.
pub struct Told<'a> {
    watcher: Option<&'a dyn Watcher>,
    after: BTreeMap<String, Duration>,
    resource_servers: BTreeSet<ResourceServerId>,
}

impl<'a> Told<'a> {
    pub const fn nobody(watcher: Option<&'a dyn Watcher>) -> Self {
        Self { watcher, after: BTreeMap::new(), resource_servers: BTreeSet::new() }
    }

    /// A node whose previous run may still answer has not confirmed.
    pub fn tell(&mut self, names: &AwaitedNames, after: Duration) {
        let AwaitedNames { confirmed, unconfirmed } = names;
        for node in confirmed.iter().filter(|node| !unconfirmed.contains(node)) {
            if !self.after.contains_key(node) {
                if let Some(watcher) = self.watcher {
                    watcher.confirmed(node, after);
                }
                self.after.insert(node.clone(), after);
            }
        }
    }

    /// Call at each look, also at the last one.
    pub fn tell_verifiers(&mut self, verifiers: &AwaitedVerifiers, position: Position, after: Duration) {
        let Some(watcher) = self.watcher.filter(|_| !verifiers.is_empty()) else { return };
        for (server, found) in verifiers.instances(position) {
            if found.unconfirmed == 0 && found.confirmed > 0 && self.resource_servers.insert(server) {
                watcher.verifiers_confirmed(server, found.confirmed, after);
            }
        }
    }

    /// In milliseconds, by node, without nodes that are waited out.
    pub fn after_ms(&self, names: &AwaitedNames) -> BTreeMap<String, u64> {
        let confirmed = self.after.iter().filter(|(node, _)| !names.unconfirmed.contains(node));
        let in_ms = |after: &Duration| u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        confirmed.map(|(node, after)| (node.clone(), in_ms(after))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use claviger_domain::{VERIFIER_LEASE, VerifierRow};

    #[derive(Default)]
    struct Heard(RefCell<Vec<String>>);

    impl Watcher for Heard {
        fn confirmed(&self, node: &str, after: Duration) {
            self.0.borrow_mut().push(format!("{node} after {} ms", after.as_millis()));
        }

        fn verifiers_confirmed(&self, server: ResourceServerId, instances: u64, after: Duration) {
            let told = format!("{instances} of {} after {} ms", server.as_u128(), after.as_millis());
            self.0.borrow_mut().push(told);
        }
    }

    #[test]
    fn each_resource_server_is_told_once_and_only_when_all_its_verifiers_have_confirmed() {
        let heard = Heard::default();
        let mut told = Told::nobody(Some(&heard));
        let mut verifiers = AwaitedVerifiers::default();
        let row = |verifier: &str, server: u128, acked| VerifierRow {
            verifier: format!("{verifier:0>16}").parse().expect("an id"),
            node: "run-0".to_owned(),
            resource_server: ResourceServerId::from_u128(server),
            acked: Position::new(acked),
            seq: 1,
            lease: VERIFIER_LEASE,
        };
        for (after, rows) in [
            (1, vec![row("v", 1, 6), row("w", 1, 7), row("x", 2, 6)]),
            (2, vec![row("v", 1, 7), row("w", 1, 7), row("x", 2, 6)]),
            (3, vec![row("v", 1, 8), row("w", 1, 7), row("x", 2, 7)]),
        ] {
            verifiers.note(&rows);
            told.tell_verifiers(&verifiers, Position::new(7), Duration::from_millis(after));
        }
        assert_eq!(*heard.0.borrow(), ["2 of 1 after 2 ms", "1 of 2 after 3 ms"]);
    }

    #[test]
    fn each_node_is_told_once_and_only_when_all_its_runs_have_confirmed() {
        let heard = Heard::default();
        let mut told = Told::nobody(Some(&heard));
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        for (after, confirmed, unconfirmed) in
            [(1, vec!["a"], vec!["b"]), (2, vec!["a", "b"], vec!["b"]), (3, vec!["a", "b"], vec![])]
        {
            let look = AwaitedNames { confirmed: names(&confirmed), unconfirmed: names(&unconfirmed) };
            told.tell(&look, Duration::from_millis(after));
        }
        assert_eq!(*heard.0.borrow(), ["a after 1 ms", "b after 3 ms"]);
        let everyone = AwaitedNames { confirmed: names(&["a", "b"]), unconfirmed: Vec::new() };
        let after = |node: &str, ms| (node.to_owned(), ms);
        assert_eq!(told.after_ms(&everyone), [after("a", 1), after("b", 3)].into());
        let again = AwaitedNames { unconfirmed: names(&["a"]), ..everyone };
        assert_eq!(told.after_ms(&again), [after("b", 3)].into(), "another run of the node did not confirm");
    }

    #[test]
    fn times_are_noted_without_a_watcher() {
        let mut told = Told::nobody(None);
        let look = AwaitedNames { confirmed: vec!["a".to_owned()], unconfirmed: Vec::new() };
        told.tell(&look, Duration::from_micros(1_999));
        told.tell(&look, Duration::from_millis(5));
        assert_eq!(told.after_ms(&look), [("a".to_owned(), 1)].into());
    }
}
