//! Selects the next act for all client groups together: every kind is drawn once before any is drawn again.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::acts::{ACTS, Act};

/// Extra time after the faults have ended, for kinds that were not answered yet.
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

    /// `None` when time is up and every kind was answered. `index` draws a number below its argument.
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

    /// The act could not be requested.
    pub fn put_back(&self, act: Act) {
        self.left.lock().expect("the kinds").push(act);
    }

    pub fn note_answered(&self, act: Act) {
        self.unanswered.lock().expect("the kinds").remove(&act);
    }
}
