//! Which act comes next: drawn by all groups of clients together, every kind before one comes twice.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::acts::{ACTS, Act};

/// After the faults have ended, for kinds that were not answered yet.
const LONGER: Duration = Duration::from_secs(120);

pub struct Deck {
    until: Instant,
    left: Mutex<Vec<Act>>,
    unanswered: Mutex<BTreeSet<Act>>,
}

impl Deck {
    pub fn new(until: Instant) -> Self {
        Self { until, left: Mutex::default(), unanswered: Mutex::new(ACTS.into_iter().collect()) }
    }

    /// `None` when time is up and every kind was answered. `index` draws a number below the one it is given.
    pub fn draw(&self, index: impl Fn(usize) -> usize) -> Option<Act> {
        let unanswered: Vec<Act> = self.unanswered.lock().expect("the kinds").iter().copied().collect();
        let now = Instant::now();
        if now >= self.until {
            let goes_on = !unanswered.is_empty() && now < self.until + LONGER;
            return goes_on.then(|| unanswered[index(unanswered.len())]);
        }
        let mut left = self.left.lock().expect("the kinds");
        if left.is_empty() {
            left.extend(ACTS);
        }
        let at = index(left.len());
        Some(left.swap_remove(at))
    }

    /// It could not be asked for.
    pub fn put_back(&self, act: Act) {
        self.left.lock().expect("the kinds").push(act);
    }

    pub fn note_answered(&self, act: Act) {
        self.unanswered.lock().expect("the kinds").remove(&act);
    }
}
