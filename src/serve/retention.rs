//! What a server takes away as it grows old: audit events and rows of the change log, each after as many days as its setting says.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use claviger_contract::Timestamp;

use super::ServeError;
use crate::config::Settings;
use crate::ledger::Ledger;
use crate::store::StoreError;

const EVERY: Duration = Duration::from_secs(600);

const DAY: i64 = 86_400;

/// Looks at the start and every ten minutes, until it is dropped.
pub struct Retention {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Retention {
    pub fn start(settings: &Settings, ledger: Arc<Ledger>) -> Result<Self, ServeError> {
        let (audit, log) = (settings.audit_retention_days, settings.log_retention_days);
        if audit.is_none() && log.is_none() {
            return Ok(Self { stop: None, thread: None });
        }
        let (stop, stopped) = channel::<()>();
        let work = move || {
            loop {
                let now = ledger.clock().now();
                let told = || !matches!(stopped.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty));
                sweep("audit events", audit, now, &told, |before| ledger.store().prune_audit_events(before));
                sweep("rows of the change log", log, now, &told, |before| ledger.store().prune_log(before));
                if !matches!(stopped.recv_timeout(EVERY), Err(RecvTimeoutError::Timeout)) {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("retention".to_owned())
            .spawn(work)
            .map_err(ServeError::Server)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Retention {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the retention ended by a panic");
        }
    }
}

/// Batch after batch, each in a transaction of its own. A failure waits for the next time.
fn sweep(
    what: &str,
    days: Option<u32>,
    now: Timestamp,
    told_to_stop: &dyn Fn() -> bool,
    prune: impl Fn(Timestamp) -> Result<usize, StoreError>,
) {
    let Some(days) = days else { return };
    let before = now.plus_seconds(-i64::from(days) * DAY);
    let mut gone = 0;
    while !told_to_stop() {
        match prune(before) {
            Ok(0) => break,
            Ok(rows) => gone += rows,
            Err(error) => {
                tracing::warn!(%error, "old {what} could not be taken away; trying again later");
                break;
            }
        }
    }
    if gone > 0 {
        tracing::info!(rows = gone, days, "{what} beyond their retention were taken away");
    }
}
