//! Writes this node's counts into the database, and deletes expired rows.

use std::sync::Arc;

use crate::activity::Usage;
use crate::snapshot::ClockAlarm;
use crate::store::{Store, StoreError};
use claviger_domain::{RESTRICTIONS_STORED_SECONDS, TrustedNow};

const TIDY_EVERY_SECONDS: i64 = 3_600;

pub struct UsageDrain {
    store: Arc<Store>,
    usage: Arc<Usage>,
    alarm: Arc<ClockAlarm>,
    tidied_at: Option<TrustedNow>,
}

impl UsageDrain {
    pub fn new(store: Arc<Store>, usage: Arc<Usage>, alarm: Arc<ClockAlarm>) -> Self {
        Self { store, usage, alarm, tidied_at: None }
    }

    /// Whether something was used for the first time. Such a use is written at once.
    pub fn is_urgent(&self) -> bool {
        self.usage.take_first()
    }

    /// A failed write is counted again, so a count may be too high, but never too low.
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
        let Ok(now) = self.alarm.check() else { return Ok(()) };
        if self.tidied_at.is_some_and(|at| now.at() < at.at().plus_seconds(TIDY_EVERY_SECONDS)) {
            return Ok(());
        }
        self.store.forget_usage(now)?;
        self.store.forget_restrictions_before(now.minus_seconds(RESTRICTIONS_STORED_SECONDS))?;
        self.tidied_at = Some(now);
        Ok(())
    }
}
