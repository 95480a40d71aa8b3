//! Periodic tasks of a running server: it writes counts, and ends what is due.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::administration::forget_ended_keys;
use crate::crypto::Keyring;
use crate::issuance::Attempts;
use crate::ledger::Ledger;
use crate::replication::{LastSeenDrain, UsageDrain};
use crate::revocation::end_overlaps;
use crate::serve::attempts_drain::AttemptsDrain;
use crate::snapshot::ClockAlarm;
use crate::store::StoreError;

/// A first use is written within a second, the rest some ticks later.
const TICK: Duration = Duration::from_millis(500);
const TICKS_OF_A_BATCH: u32 = 6;

/// The parts of a large change that are applied in one tick, and the pause between them.
const PARTS_IN_A_TICK: usize = 10;
const PAUSE: Duration = Duration::from_millis(10);

/// Runs until it is stopped.
pub struct Housekeeping {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Housekeeping {
    pub fn start(
        ledger: Arc<Ledger>,
        mut drain: UsageDrain,
        mut last_seen: LastSeenDrain,
        attempts: Arc<Attempts>,
        alarm: Arc<ClockAlarm>,
        keyring: Arc<Keyring>,
    ) -> std::io::Result<Self> {
        let (stop, told) = channel();
        let mut attempts = AttemptsDrain::new(ledger.clone(), attempts);
        let thread = std::thread::Builder::new().name("housekeeping".to_owned()).spawn(move || {
            let mut ticks = 0;
            while told.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                ticks += 1;
                alarm.look();
                read_master_keys_again(&keyring);
                attempts.tick();
                if drain.is_urgent() || last_seen.is_urgent() || ticks >= TICKS_OF_A_BATCH {
                    keep(&mut drain);
                    share(&mut last_seen, LastSeenDrain::drain);
                    ticks = 0;
                }
                write_waiting_cuts(&ledger, &told);
                // Irreversible steps need a trusted clock.
                let Ok(now) = alarm.check() else { continue };
                if let Err(error) = forget_ended_keys(&ledger, now) {
                    tracing::warn!(%error, "an expired key is still published; trying again");
                }
                if let Err(error) = end_overlaps(&ledger, now) {
                    tracing::warn!(%error, "a replaced credential is refused but not revoked yet; trying again");
                }
            }
            keep(&mut drain);
            share(&mut last_seen, LastSeenDrain::finish);
            attempts.stop();
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }

    /// Returns when all counts are written.
    pub fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the housekeeping thread panicked");
        }
    }
}

impl Drop for Housekeeping {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Applies the cuts of a large change in parts, with pauses for other writers.
fn write_waiting_cuts(ledger: &Ledger, told: &Receiver<()>) {
    for _ in 0..PARTS_IN_A_TICK {
        match ledger.store().write_waiting_cuts() {
            Ok(false) => return,
            Ok(true) => {}
            Err(error) => {
                tracing::warn!(%error, "cuts could not be written to their rows; trying again");
                return;
            }
        }
        if told.recv_timeout(PAUSE) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// Reads the file if it has changed. A new key opens immediately, and seals once it is promoted in the database.
pub(super) fn read_master_keys_again(keyring: &Keyring) {
    match keyring.refresh() {
        Ok(false) => {}
        Ok(true) => {
            tracing::info!(ids = keyring.ids().join(","), "the master key file was reloaded")
        }
        Err(error) => tracing::error!(%error, "the previous master keys stay in use"),
    }
}

fn keep(drain: &mut UsageDrain) {
    if let Err(error) = drain.drain() {
        tracing::warn!(%error, "the usage of credentials could not be written; trying again");
    }
}

fn share(last_seen: &mut LastSeenDrain, how: impl Fn(&mut LastSeenDrain) -> Result<(), StoreError>) {
    if let Err(error) = how(last_seen) {
        tracing::warn!(%error, "the last-seen times of registries could not be shared; trying again");
    }
}
