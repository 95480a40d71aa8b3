//! What a server does by itself while it serves: it keeps what it has counted, and ends what is due.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::administration::forget_ended_keys;
use crate::issuance::ClockAlarm;
use crate::ledger::Ledger;
use crate::replication::UsageDrain;
use crate::revocation::end_overlaps;

/// A first use is in the database within a second, the rest some ticks later.
const TICK: Duration = Duration::from_millis(500);
const TICKS_OF_A_BATCH: u32 = 6;

/// Runs until told to stop.
pub struct Housekeeping {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Housekeeping {
    pub fn start(
        ledger: Arc<Ledger>,
        mut drain: UsageDrain,
        alarm: Arc<ClockAlarm>,
    ) -> std::io::Result<Self> {
        let (stop, told) = channel();
        let thread = std::thread::Builder::new().name("housekeeping".to_owned()).spawn(move || {
            let mut ticks = 0;
            while told.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                ticks += 1;
                alarm.look();
                if drain.is_urgent() || ticks >= TICKS_OF_A_BATCH {
                    keep(&mut drain);
                    ticks = 0;
                }
                if let Err(error) = forget_ended_keys(&ledger) {
                    tracing::warn!(%error, "a key that is over is still published; trying again");
                }
                if let Err(error) = end_overlaps(&ledger) {
                    tracing::warn!(%error, "a replaced credential is refused but not revoked yet; trying again");
                }
            }
            keep(&mut drain);
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }

    /// Returns when everything that was counted is kept.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the housekeeping ended by a panic");
        }
    }
}

impl Drop for Housekeeping {
    fn drop(&mut self) {
        self.stop();
    }
}

fn keep(drain: &mut UsageDrain) {
    if let Err(error) = drain.drain() {
        tracing::warn!(%error, "the usage of credentials could not be written; trying again");
    }
}
