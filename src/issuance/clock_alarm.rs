//! No token is issued while the wall clock says what it cannot have come to by itself.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{Clock, ClockJumped, ClockReading};

/// Asked per token, so that the first one after a jump is refused too, and without a lock.
pub struct ClockAlarm {
    clock: Arc<dyn Clock>,
    /// By how much the wall clock is ahead when all is well: that of the reference, whose lock no token waits for.
    ahead_millis: AtomicI64,
    /// That of the start; an hour old at most where the clocks are steady.
    reference: Mutex<ClockReading>,
    raised: AtomicBool,
}

impl ClockAlarm {
    /// Whoever starts the server says by that that the clock is right.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let reading = ClockReading::take(&*clock);
        let ahead_millis = AtomicI64::new(reading.ahead_millis());
        Self { clock, ahead_millis, reference: Mutex::new(reading), raised: AtomicBool::new(false) }
    }

    pub fn check(&self) -> Result<(), ClockJumped> {
        let compared = ClockReading::take(&*self.clock).compare(self.ahead_millis.load(Ordering::Relaxed));
        self.say(compared.err());
        compared
    }

    /// For the housekeeping: says what it finds also while nobody asks for a token, and takes small steps as they are.
    pub fn look(&self) {
        let mut reference = self.reference.lock().unwrap_or_else(PoisonError::into_inner);
        let judged = ClockReading::take(&*self.clock).judge(*reference);
        if let Ok(next) = judged {
            *reference = next;
            self.ahead_millis.store(next.ahead_millis(), Ordering::Relaxed);
        }
        self.say(judged.err());
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
