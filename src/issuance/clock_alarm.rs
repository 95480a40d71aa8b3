//! No token is issued while the wall clock says what it cannot have come to by itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::{Clock, ClockJumped, ClockReading};

/// Asked per token, so that the first one after a jump is refused too; by the housekeeping so that it is said without any.
pub struct ClockAlarm {
    clock: Arc<dyn Clock>,
    /// What the clocks are compared with: that of the start, an hour old at most where they are steady.
    reference: RwLock<ClockReading>,
    raised: AtomicBool,
}

impl ClockAlarm {
    /// Whoever starts the server says by that that the clock is right.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let reference = RwLock::new(ClockReading::take(&*clock));
        Self { clock, reference, raised: AtomicBool::new(false) }
    }

    pub fn check(&self) -> Result<(), ClockJumped> {
        let reference = *self.reference.read().unwrap_or_else(PoisonError::into_inner);
        let judged = ClockReading::take(&*self.clock).judge(reference);
        if let Ok(next) = judged
            && next != reference
        {
            *self.reference.write().unwrap_or_else(PoisonError::into_inner) = next;
        }
        self.say(judged.err());
        judged.map(|_| ())
    }

    fn say(&self, jumped: Option<ClockJumped>) {
        if self.raised.load(Ordering::Relaxed) == jumped.is_some()
            || self.raised.swap(jumped.is_some(), Ordering::Relaxed) == jumped.is_some()
        {
            return;
        }
        match jumped {
            Some(jumped) => tracing::error!(by_millis = jumped.by_millis, "{jumped}"),
            None => tracing::info!("the wall clock is back where it was: tokens are issued again"),
        }
    }
}
