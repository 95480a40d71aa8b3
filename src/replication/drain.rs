//! Writes this node's counts into the database.

use std::sync::Arc;

use crate::activity::Usage;
use crate::store::{Store, StoreError};

pub struct UsageDrain {
    store: Arc<Store>,
    usage: Arc<Usage>,
}

impl UsageDrain {
    pub fn new(store: Arc<Store>, usage: Arc<Usage>) -> Self {
        Self { store, usage }
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
        Ok(())
    }
}
