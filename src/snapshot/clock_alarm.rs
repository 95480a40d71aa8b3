//! State of this machine's clock. Shared by everything that issues tokens or ends something because of its age.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use arc_swap::ArcSwap;
use claviger_contract::Timestamp;

use claviger_domain::{Clock, ClockAlarmed, ClockReading, ClockWatch, Moment, TrustedNow};

/// Checked for each token without a lock, so that the first one after a jump is refused too.
pub struct ClockAlarm {
    clock: Arc<dyn Clock>,
    watch: ArcSwap<ClockWatch>,
    /// The kind logged last; 0 is none.
    logged: AtomicU8,
}

impl ClockAlarm {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let watch = ArcSwap::from_pointee(ClockWatch::new(ClockReading::take(&*clock)));
        Self { clock, watch, logged: AtomicU8::new(0) }
    }

    /// Whether tokens may be issued and irreversible time-based actions taken.
    pub fn check(&self) -> Result<TrustedNow, ClockAlarmed> {
        let judged = self.watch.load().judge(ClockReading::take(&*self.clock), self.clock.now());
        self.log_change(judged.err());
        judged
    }

    /// The time for records and decisions: the wall clock's, or a better estimate if that is wrong.
    pub fn now(&self) -> Timestamp {
        self.watch.load().estimate(ClockReading::take(&*self.clock), self.clock.now())
    }

    pub fn moment(&self) -> Moment {
        let trusted = self.check().ok();
        Moment { at: trusted.map_or_else(|| self.now(), TrustedNow::at), trusted }
    }

    /// For maintenance: accepts small steps, and logs alarms even when no token is requested.
    pub fn look(&self) {
        let reading = ClockReading::take(&*self.clock);
        self.watch.rcu(|watch| watch.followed(reading));
        let _ = self.check();
    }

    /// Records the database's time, read between the two given wall clock times.
    pub fn note_database_time(&self, database_millis: i64, between: (Timestamp, Timestamp)) {
        let Some(database_millis) = self.clock.comparable_to_database(database_millis) else { return };
        let reading = ClockReading::take(&*self.clock);
        self.watch.rcu(|watch| watch.compared(reading, database_millis, between));
        let _ = self.check();
    }

    /// Records the latest time in the log when this server started.
    pub fn note_newest_event(&self, newest_event: Option<Timestamp>) {
        let watch = self.watch.rcu(|watch| watch.not_before(newest_event));
        let behind = watch.not_before(newest_event).behind_newest_event(self.clock.now());
        if let Some(by_seconds) = behind {
            tracing::error!(
                by_seconds,
                "the newest event of the log is dated {by_seconds} s ahead of the wall clock: either this clock is wrong, or \
                 that of the server that wrote it was"
            );
        }
    }

    /// How many milliseconds the wall clock is ahead of the database's, if the database has a clock.
    pub fn apart_from_database(&self) -> Option<i64> {
        self.watch.load().apart_from_database(ClockReading::take(&*self.clock))
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    pub fn shared_clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    fn log_change(&self, alarmed: Option<ClockAlarmed>) {
        let kind = match alarmed {
            None => 0,
            Some(ClockAlarmed::Jumped(_)) => 1,
            Some(ClockAlarmed::ApartFromDatabase { .. }) => 2,
            Some(ClockAlarmed::BehindLog { .. }) => 3,
        };
        if self.logged.load(Ordering::Relaxed) == kind || self.logged.swap(kind, Ordering::Relaxed) == kind {
            return;
        }
        match alarmed {
            Some(alarmed) => tracing::error!("{alarmed}"),
            None => {
                tracing::info!(
                    "the wall clock is correct again: tokens are issued, and expired items are ended"
                )
            }
        }
    }
}
