//! Schedules when refused attempts are written into the audit trail: soon, but not often.

use std::sync::Arc;
use std::time::Duration;

use crate::administration::record_failed_attempts;
use crate::issuance::Attempts;
use crate::ledger::Ledger;

/// Attempts within this time are counted together before they are written.
const GATHERED: Duration = Duration::from_secs(3);
const MIN_PAUSE: Duration = Duration::from_secs(10);
const MAX_PAUSE: Duration = Duration::from_secs(300);

/// More kinds of failures than this are no typing errors: the trail is then written less often.
const MANY: usize = 8;

pub struct AttemptsDrain {
    ledger: Arc<Ledger>,
    attempts: Arc<Attempts>,
    /// When the oldest waiting attempt arrived. All times are since boot.
    waiting_since: Option<Duration>,
    drained_at: Option<Duration>,
    pause: Duration,
}

impl AttemptsDrain {
    pub fn new(ledger: Arc<Ledger>, attempts: Arc<Attempts>) -> Self {
        Self { ledger, attempts, waiting_since: None, drained_at: None, pause: MIN_PAUSE }
    }

    pub fn tick(&mut self) {
        if self.attempts.is_empty() {
            self.waiting_since = None;
            return;
        }
        let now = self.ledger.since_boot();
        self.waiting_since.get_or_insert(now);
        let has_rested = self.drained_at.is_none_or(|at| now >= at + self.pause);
        if has_rested && self.is_gathered(now) {
            self.drain();
        }
    }

    /// Ignores the pause. Only the most recent attempts are not written.
    pub fn stop(&mut self) {
        if self.is_gathered(self.ledger.since_boot()) {
            self.drain();
        }
    }

    fn is_gathered(&self, now: Duration) -> bool {
        self.waiting_since.is_some_and(|since| now >= since + GATHERED)
    }

    /// A failed write is counted again, so a count may be too high, but never too low.
    fn drain(&mut self) {
        let taken = self.attempts.take();
        self.pause = match taken.len() > MANY {
            true => (self.pause * 2).min(MAX_PAUSE),
            false => MIN_PAUSE,
        };
        (self.waiting_since, self.drained_at) = (None, Some(self.ledger.since_boot()));
        if let Err((left, error)) = record_failed_attempts(&self.ledger, taken) {
            tracing::warn!(%error, "refused attempts could not be written to the audit trail; trying again");
            self.attempts.give_back(left);
        }
    }
}
