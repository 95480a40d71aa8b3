//! Positions that need not be waited for again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use claviger_contract::{Position, RealmLabel};

use claviger_domain::WaitedFor;

/// With more realms than this, what was noted is forgotten, and waited for again.
const MAX_REALMS: usize = 10_000;

/// Whoever answers or accepts now or later has applied them: a server that returns reads the head of the log first, and
/// a verifier that attaches or returns is answered by such a server.
#[derive(Default)]
pub struct Passed {
    nodes: AtomicU64,
    /// A wait for the verifiers of one realm says nothing of those of another.
    verifiers: Mutex<HashMap<RealmLabel, Position>>,
}

impl Passed {
    pub fn has(&self, realm: &RealmLabel, position: Position, waited_for: WaitedFor) -> bool {
        let nodes = self.nodes.load(Ordering::Relaxed) >= position.as_u64();
        nodes
            && match waited_for {
                WaitedFor::Nodes => true,
                WaitedFor::Verifiers => {
                    let verifiers = self.verifiers.lock().unwrap_or_else(PoisonError::into_inner);
                    verifiers.get(realm).is_some_and(|passed| *passed >= position)
                }
            }
    }

    pub fn note(&self, realm: &RealmLabel, position: Position, waited_for: WaitedFor) {
        self.nodes.fetch_max(position.as_u64(), Ordering::Relaxed);
        if waited_for == WaitedFor::Verifiers {
            let mut verifiers = self.verifiers.lock().unwrap_or_else(PoisonError::into_inner);
            if verifiers.len() >= MAX_REALMS && !verifiers.contains_key(realm) {
                verifiers.clear();
            }
            let passed = verifiers.entry(realm.clone()).or_default();
            *passed = position.max(*passed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_for_nodes_or_for_another_realm_passes_no_verifiers() {
        let (acme, other): (RealmLabel, RealmLabel) =
            ("acme".parse().expect("a label"), "other".parse().expect("a label"));
        let passed = Passed::default();
        let has = |realm, position, whom| passed.has(realm, Position::new(position), whom);
        passed.note(&acme, Position::new(7), WaitedFor::Nodes);
        assert!(has(&acme, 7, WaitedFor::Nodes) && has(&other, 7, WaitedFor::Nodes));
        assert!(!has(&acme, 8, WaitedFor::Nodes) && !has(&acme, 7, WaitedFor::Verifiers));
        passed.note(&acme, Position::new(6), WaitedFor::Verifiers);
        assert!(has(&acme, 6, WaitedFor::Verifiers) && !has(&acme, 7, WaitedFor::Verifiers));
        assert!(!has(&other, 6, WaitedFor::Verifiers));
        assert!(has(&acme, 7, WaitedFor::Nodes), "a wait for an earlier position takes nothing back");
    }
}
