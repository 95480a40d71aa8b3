//! How a transaction ended, for every change in it.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::store::error::StoreError;
use claviger_domain::SharedCommit;

/// The result of a transaction, for all changes in it.
pub struct Outcome {
    commit: Mutex<SharedCommit<Arc<StoreError>>>,
    changed: Condvar,
}

impl Default for Outcome {
    fn default() -> Self {
        Self { commit: Mutex::new(SharedCommit::Open), changed: Condvar::new() }
    }
}

impl Outcome {
    pub fn wait(&self) -> Result<(), StoreError> {
        let mut commit = self.commit.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(outcome) = commit.answer() {
                return outcome.map_err(StoreError::Together);
            }
            commit = self.changed.wait(commit).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Reports the result once. A transaction dropped by a panic in a decision has failed.
#[derive(Default)]
pub struct Reporter(Arc<Outcome>);

impl Reporter {
    pub fn shared(&self) -> Arc<Outcome> {
        self.0.clone()
    }

    pub fn report(&self, outcome: Result<(), Arc<StoreError>>) {
        self.0.commit.lock().unwrap_or_else(PoisonError::into_inner).end(outcome);
        self.0.changed.notify_all();
    }

    pub fn fail(&self, error: StoreError) -> StoreError {
        let error = Arc::new(error);
        self.report(Err(error.clone()));
        StoreError::Together(error)
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        let reason = "a change of the same transaction ended early".to_owned();
        self.report(Err(Arc::new(StoreError::BrokenOff { reason })));
    }
}
