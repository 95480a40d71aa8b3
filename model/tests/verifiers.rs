//! No order of steps makes a verifier trust a revoked token, every wrong feed is caught, and the search says how far it
//! went.

#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a test fails by panicking, and says what it took"
)]

use std::time::Instant;

use claviger_model::{FEED_MUTANTS, FEED_PROMISE, Feed, is_trusted};
use stateright::{Checker, Model};

/// The smallest first: most mutants are caught there.
const BOUNDS: [Feed; 4] = [
    Feed { incarnations: [1, 0], ticks: 2, pages: false, mutant: None },
    Feed { incarnations: [1, 0], ticks: 2, pages: true, mutant: None },
    Feed { incarnations: [2, 0], ticks: 2, pages: false, mutant: None },
    Feed { incarnations: [1, 1], ticks: 2, pages: false, mutant: None },
];

#[test]
fn no_order_of_steps_makes_a_verifier_trust_a_revoked_token() {
    for feed in BOUNDS {
        let begun = Instant::now();
        let checker = feed.checker().threads(2).spawn_bfs().join();
        println!(
            "a verifier, and servers that sign in {:?} times, leases of {} ticks{}: {} distinct states, depth {}, {}, \
             {:.1} s",
            feed.incarnations,
            feed.ticks,
            if feed.pages { ", sets in pages" } else { "" },
            checker.unique_state_count(),
            checker.max_depth(),
            if checker.is_done() { "exhausted" } else { "NOT exhausted" },
            begun.elapsed().as_secs_f32()
        );
        assert!(checker.is_done());
        checker.assert_properties();
    }
}

/// More than the right feed has within the bounds.
const MANY: usize = 10_000_000;

#[test]
fn every_wrong_feed_is_caught() {
    for mutant in FEED_MUTANTS {
        let caught = BOUNDS.into_iter().find_map(|bounds| {
            let feed = Feed { mutant: Some(mutant), ..bounds };
            let checker = feed.checker().threads(2).target_state_count(MANY).spawn_bfs().join();
            let path = checker.discovery(FEED_PROMISE)?.into_vec();
            // The search goes on for a moment from where the promise is broken.
            let kept = path.iter().position(|(state, _)| is_trusted(state)).unwrap_or(path.len());
            let steps = path.into_iter().take(kept).filter_map(|(_, step)| step);
            Some((checker.unique_state_count(), steps.map(|step| format!("{step:?}")).collect::<Vec<_>>()))
        });
        let (states, steps) = caught.unwrap_or_else(|| panic!("{mutant:?} is not noticed"));
        println!("{mutant:?} is caught after {states} states: {}", steps.join(", "));
    }
}
