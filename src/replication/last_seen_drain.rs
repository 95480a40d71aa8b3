//! Shares through the database when each node last saw resource servers and container registries.

use std::sync::Arc;
use std::time::Duration;

use claviger_contract::Timestamp;

use crate::activity::LastSeen;
use crate::snapshot::ClockAlarm;
use crate::store::{Store, StoreError};

/// Each exchange reads recent rows. Some read everything, to find rows that were written late.
const EVERYTHING: Timestamp = Timestamp::from_epoch_seconds(0);
const LATELY_SECONDS: i64 = 600;
const EVERYTHING_EVERY: Duration = Duration::from_secs(300);

pub struct LastSeenDrain {
    store: Arc<Store>,
    last_seen: Arc<LastSeen>,
    alarm: Arc<ClockAlarm>,
    /// When everything was last read.
    read_at: Option<Duration>,
}

impl LastSeenDrain {
    /// Loads the stored rows. If that fails, receipts say that their list is incomplete.
    pub fn start(store: Arc<Store>, last_seen: Arc<LastSeen>, alarm: Arc<ClockAlarm>) -> Self {
        let mut drain = Self { store, last_seen, alarm, read_at: None };
        if let Err(error) = drain.exchange(false) {
            tracing::warn!(%error, "the last-seen times of registries could not be read; trying again");
        }
        drain
    }

    /// Whether a name was seen for the first time. Such a name is written at once.
    pub fn is_urgent(&self) -> bool {
        self.last_seen.take_first()
    }

    pub fn drain(&mut self) -> Result<(), StoreError> {
        self.exchange(false)
    }

    /// Writes all times to the second, before the server stops.
    pub fn finish(&mut self) -> Result<(), StoreError> {
        self.exchange(true)
    }

    fn exchange(&mut self, all: bool) -> Result<(), StoreError> {
        // A time that may be wrong must not overwrite a correct one.
        let rows = if self.alarm.check().is_ok() { self.last_seen.unwritten(all) } else { Vec::new() };
        let (now, since_boot) = (self.alarm.now(), self.alarm.clock().since_boot());
        let since = self.since(now, since_boot);
        let exchanged = self.store.exchange_heard(&rows, since);
        self.last_seen.set_current(exchanged.is_ok());
        let others = exchanged?;
        self.last_seen.written(&rows);
        for row in others {
            self.last_seen.learn(row, now);
        }
        if since == Some(EVERYTHING) {
            self.read_at = Some(since_boot);
        }
        Ok(())
    }

    /// The time from which to read; `None` where no other node writes.
    fn since(&self, now: Timestamp, since_boot: Duration) -> Option<Timestamp> {
        let Some(read_at) = self.read_at else { return Some(EVERYTHING) };
        let is_due = since_boot.saturating_sub(read_at) >= EVERYTHING_EVERY;
        let since = if is_due { EVERYTHING } else { now.plus_seconds(-LATELY_SECONDS) };
        self.store.is_shared().then_some(since)
    }
}
