//! Periodic tasks of each server: it writes its counts, watches its clock and its keys, and ends what is due.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::crypto::Keyring;
use crate::issuance::Attempts;
use crate::jobs::request_waiting_cuts;
use crate::ledger::Ledger;
use crate::replication::{LastSeenDrain, UsageDrain};
use crate::revocation::{LastWaits, end_overlaps};
use crate::serve::attempts_drain::AttemptsDrain;
use crate::serve::memory;
use crate::snapshot::ClockAlarm;
use crate::store::{Store, StoreError};

/// A first use is written within a second, the rest some ticks later.
const TICK: Duration = Duration::from_millis(500);
const TICKS_OF_A_BATCH: u32 = 6;

/// Runs until it is stopped.
pub struct Housekeeping {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Housekeeping {
    pub fn start(
        ledger: Arc<Ledger>,
        (mut drain, mut last_seen, last_waits): (UsageDrain, LastSeenDrain, Arc<LastWaits>),
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
                memory::return_freed();
                if drain.is_urgent() || last_seen.is_urgent() || ticks >= TICKS_OF_A_BATCH {
                    keep(&mut drain);
                    share(&mut last_seen, LastSeenDrain::drain);
                    tell(&last_waits, ledger.store());
                    ticks = 0;
                }
                if let Err(error) = request_waiting_cuts(ledger.store(), alarm.now()) {
                    tracing::warn!(%error, "cuts could not be written to their rows; trying again");
                }
                // Irreversible steps need a trusted clock. On every node: it costs nothing where none has ended, has an
                // effect once, and must not wait for the lease of another node.
                let Ok(now) = alarm.check() else { continue };
                if let Err(error) = end_overlaps(&ledger, now) {
                    tracing::warn!(%error, "a replaced credential is refused but not revoked yet; trying again");
                }
            }
            keep(&mut drain);
            share(&mut last_seen, LastSeenDrain::finish);
            tell(&last_waits, ledger.store());
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

fn tell(last_waits: &LastWaits, store: &Store) {
    if let Err(error) = last_waits.write(store) {
        tracing::warn!(%error, "the last revocations could not be noted; trying again");
    }
}
