//! No order of steps breaks the promise, every wrong protocol is caught, and the search says how far it went.

#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a test fails by panicking, and says what it took"
)]

use std::time::Instant;

use claviger_model::{MUTANTS, Mutant, NODES, PROMISE, Protocol, is_kept};
use stateright::{Checker, Model};

/// Fits the memory of a small machine: 16.6 million states, 2 GB.
const BOUNDS: [Protocol; 5] = [
    Protocol { incarnations: 1, ticks: 1, shared: false, mutant: None },
    Protocol { incarnations: 1, ticks: 3, shared: false, mutant: None },
    Protocol { incarnations: 2, ticks: 1, shared: false, mutant: None },
    Protocol { incarnations: 2, ticks: 2, shared: false, mutant: None },
    Protocol { incarnations: 1, ticks: 1, shared: true, mutant: None },
];

#[test]
fn no_order_of_steps_breaks_the_promise() {
    for protocol in BOUNDS {
        let begun = Instant::now();
        let checker = protocol.checker().threads(2).spawn_bfs().join();
        println!(
            "{NODES} nodes that sign in {} times, leases of {} ticks{}: {} distinct states, depth {}, {}, {:.1} s",
            protocol.incarnations,
            protocol.ticks,
            if protocol.shared { ", shared commits and looks" } else { "" },
            checker.unique_state_count(),
            checker.max_depth(),
            if checker.is_done() { "exhausted" } else { "NOT exhausted" },
            begun.elapsed().as_secs_f32()
        );
        assert!(checker.is_done());
        checker.assert_properties();
    }
}

/// More than the right protocol has within the bounds.
const MANY: usize = 20_000_000;

/// Mutants of what revocations share with others.
const SHARING: [Mutant; 2] = [Mutant::LookFromBefore, Mutant::AnsweredBeforeCommit];

#[test]
fn every_wrong_protocol_is_caught() {
    for mutant in MUTANTS {
        let caught = [1, 2].into_iter().find_map(|incarnations| {
            let shared = SHARING.contains(&mutant);
            let protocol = Protocol { incarnations, ticks: 2, shared, mutant: Some(mutant) };
            let checker = protocol.checker().threads(2).target_state_count(MANY).spawn_bfs().join();
            let path = checker.discovery(PROMISE)?.into_vec();
            // The search goes on for a moment from where the promise is broken.
            let kept = path.iter().position(|(state, _)| !is_kept(state)).unwrap_or(path.len());
            let steps = path.into_iter().take(kept).filter_map(|(_, step)| step);
            Some((checker.unique_state_count(), steps.map(|step| format!("{step:?}")).collect::<Vec<_>>()))
        });
        let (states, steps) = caught.unwrap_or_else(|| panic!("{mutant:?} is not noticed"));
        println!("{mutant:?} is caught after {states} states: {}", steps.join(", "));
    }
}
