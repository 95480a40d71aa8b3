//! What the runner and the thread of a run tell one another.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Default)]
pub struct Signals {
    stopping: Mutex<bool>,
    told: Condvar,
    ended: AtomicBool,
}

impl Signals {
    pub fn stop(&self) {
        *self.lock() = true;
        self.told.notify_all();
    }

    pub fn is_stopping(&self) -> bool {
        *self.lock()
    }

    /// Until the run must stop, or for `at_most`.
    pub fn wait(&self, at_most: Duration) {
        let waited = self.told.wait_timeout_while(self.lock(), at_most, |stopping| !*stopping);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    pub fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.stopping.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
