//! What the thread that revokes and those that probe tell one another.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::commands::revocation::interruption::Interruption;
use crate::environment::instant;
use crate::failure::Failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Before,
    /// The revocation is about to be sent, or was.
    Revoking,
    /// When its answer arrived.
    Revoked(Instant),
    /// There is nothing more to find out.
    Stopped,
}

/// How often each service is asked, and how long after the revocation at most.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub every: Duration,
    pub at_most: Duration,
}

pub struct Course {
    pub pace: Pace,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    phase: Phase,
    /// Services that have accepted the token.
    accepting: usize,
    /// Services that are still asked.
    running: usize,
    /// Why the drill cannot go on.
    failure: Option<Failure>,
}

/// A signal is noticed within this time.
const NOTICED_WITHIN: Duration = Duration::from_millis(50);

impl Course {
    pub fn begin(services: usize, pace: Pace) -> Self {
        let state = State { phase: Phase::Before, accepting: 0, running: services, failure: None };
        Self { pace, state: Mutex::new(state), changed: Condvar::new() }
    }

    pub fn phase(&self) -> Phase {
        self.lock().phase
    }

    pub fn enter(&self, phase: Phase) {
        self.note(|state| state.phase = phase);
    }

    pub fn note_accepting(&self) {
        self.note(|state| state.accepting += 1);
    }

    /// The first reason counts.
    pub fn fail(&self, failure: Failure) {
        self.note(|state| {
            state.phase = Phase::Stopped;
            state.failure.get_or_insert(failure);
        });
    }

    pub fn note_ended(&self) {
        self.note(|state| state.running = state.running.saturating_sub(1));
    }

    /// Returns at that moment, or when the drill is stopped.
    pub fn pause_until(&self, moment: Instant) {
        let pause = moment.saturating_duration_since(instant());
        let goes_on = |state: &mut State| state.phase != Phase::Stopped;
        drop(self.changed.wait_timeout_while(self.lock(), pause, goes_on));
    }

    pub fn wait_until_all_accept(&self, services: usize, interruption: &Interruption) -> Result<(), Failure> {
        self.wait(interruption, |state| state.accepting >= services)
    }

    pub fn wait_until_all_ended(&self, interruption: &Interruption) -> Result<(), Failure> {
        self.wait(interruption, |state| state.running == 0)
    }

    fn wait(&self, interruption: &Interruption, is_so: impl Fn(&State) -> bool) -> Result<(), Failure> {
        let mut state = self.lock();
        loop {
            interruption.check()?;
            if let Some(failure) = &state.failure {
                return Err(failure.clone());
            }
            if is_so(&state) {
                return Ok(());
            }
            let waited = self.changed.wait_timeout(state, NOTICED_WITHIN);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn note(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Always consistent: each change is complete when the lock is released.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
