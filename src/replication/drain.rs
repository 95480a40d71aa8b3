//! Carries what this node has counted into the database, and throws away what is older than is kept.

use std::sync::Arc;

use claviger_contract::Timestamp;

use crate::domain::{Clock, USAGE_KEPT_DAYS};
use crate::snapshot::Usage;
use crate::store::{Store, StoreError};

const DAY_SECONDS: i64 = 86_400;
const TIDY_EVERY_SECONDS: i64 = 3_600;

pub struct UsageDrain {
    store: Arc<Store>,
    usage: Arc<Usage>,
    clock: Arc<dyn Clock>,
    tidied_at: Option<Timestamp>,
}

impl UsageDrain {
    pub fn new(store: Arc<Store>, usage: Arc<Usage>, clock: Arc<dyn Clock>) -> Self {
        Self { store, usage, clock, tidied_at: None }
    }

    /// Whether something was used for the first time, which is not left waiting.
    pub fn is_urgent(&self) -> bool {
        self.usage.take_first()
    }

    /// What could not be written for certain is counted again, and so perhaps twice: never too little.
    pub fn drain(&mut self) -> Result<(), StoreError> {
        let mut batch = self.usage.take();
        batch.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        if let Err((written, error)) = self.store.add_usage(&batch) {
            self.usage.give_back(batch.split_off(written));
            return Err(error);
        }
        self.tidy()
    }

    fn tidy(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        if self.tidied_at.is_some_and(|at| now < at.plus_seconds(TIDY_EVERY_SECONDS)) {
            return Ok(());
        }
        self.store.forget_usage_before(now.plus_seconds(-USAGE_KEPT_DAYS * DAY_SECONDS))?;
        self.tidied_at = Some(now);
        Ok(())
    }
}
