//! Tells who confirms while a barrier waits.

use std::collections::BTreeSet;
use std::time::Duration;

use claviger_domain::AwaitedNames;

/// Hears of each node while others are still waited for. Only the end of the wait proves anything.
pub trait Watcher {
    /// A node has applied the position, at most so long after the commit.
    fn confirmed(&self, node: &str, after: Duration);
}

/// The nodes of which the watcher of one wait has heard.
pub struct Told<'a> {
    watcher: Option<&'a dyn Watcher>,
    nodes: BTreeSet<String>,
}

impl<'a> Told<'a> {
    pub const fn nobody(watcher: Option<&'a dyn Watcher>) -> Self {
        Self { watcher, nodes: BTreeSet::new() }
    }

    /// A node whose previous run may still answer has not confirmed.
    pub fn tell(&mut self, names: impl FnOnce() -> AwaitedNames, after: Duration) {
        let Some(watcher) = self.watcher else { return };
        let AwaitedNames { confirmed, unconfirmed } = names();
        for node in confirmed.into_iter().filter(|node| !unconfirmed.contains(node)) {
            if !self.nodes.contains(&node) {
                watcher.confirmed(&node, after);
                self.nodes.insert(node);
            }
        }
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
            told.tell(|| look, Duration::from_millis(after));
        }
        assert_eq!(*heard.0.borrow(), ["a after 1 ms", "b after 3 ms"]);
    }
}
