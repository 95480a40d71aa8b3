//! Tells who confirms while a barrier waits.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_domain::AwaitedNames;

/// Hears of each node while others are still waited for. Only the end of the wait proves anything.
pub trait Watcher {
    /// A node has applied the position, at most so long after the commit.
    fn confirmed(&self, node: &str, after: Duration);
}

/// The nodes that have confirmed in one wait, and when. Its watcher is told of each once.
pub struct Told<'a> {
    watcher: Option<&'a dyn Watcher>,
    after: BTreeMap<String, Duration>,
}

impl<'a> Told<'a> {
    pub const fn nobody(watcher: Option<&'a dyn Watcher>) -> Self {
        Self { watcher, after: BTreeMap::new() }
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

    #[derive(Default)]
    struct Heard(RefCell<Vec<String>>);

    impl Watcher for Heard {
        fn confirmed(&self, node: &str, after: Duration) {
            self.0.borrow_mut().push(format!("{node} after {} ms", after.as_millis()));
        }
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
