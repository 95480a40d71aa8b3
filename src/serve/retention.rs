//! Deletes expired data of a running server: audit events, rows of the change log, and ended tokens and credentials.
//! Each has its own setting, in days.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::administration::remove_deleted_realms;
use crate::config::Settings;
use crate::ledger::Ledger;
use crate::serve::error::ServeError;
use crate::store::StoreError;
use claviger_domain::TrustedNow;

const EVERY: Duration = Duration::from_secs(600);

/// Runs at the start and every ten minutes, until it is dropped.
pub struct Retention {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Retention {
    pub fn start(settings: &Settings, ledger: Arc<Ledger>) -> Result<Self, ServeError> {
        let (audit, log) = (settings.audit_retention_days, settings.log_retention_days);
        let (tokens, credentials) =
            (settings.ended_token_retention_days, settings.ended_credential_retention_days);
        if [audit, log, tokens, credentials].iter().all(Option::is_none) {
            return Ok(Self { stop: None, thread: None });
        }
        let (stop, stopped) = channel::<()>();
        let work = move || {
            loop {
                let told = || !matches!(stopped.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty));
                let store = ledger.store();
                let now = || ledger.trusted_now().ok();
                sweep("audit events", audit, &now, &told, |now, days| store.prune_audit_events(now, days));
                sweep("rows of the change log", log, &now, &told, |now, days| store.prune_log(now, days));
                let prune = |now: TrustedNow, days: u32| {
                    store.prune_ended_tokens(now.minus_seconds(i64::from(days) * 86_400))
                };
                sweep("ended tokens", tokens, &now, &told, prune);
                let prune = |now: TrustedNow, days: u32| {
                    store.prune_ended_credentials(now.minus_seconds(i64::from(days) * 86_400))
                };
                sweep("ended credentials", credentials, &now, &told, prune);
                remove_realms(&ledger, credentials, now());
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
            tracing::error!("the retention thread panicked");
        }
    }
}

/// With the credentials that ended.
fn remove_realms(ledger: &Ledger, days: Option<u32>, now: Option<TrustedNow>) {
    let (Some(days), Some(now)) = (days, now) else { return };
    match remove_deleted_realms(ledger, now, days) {
        Ok(0) => {}
        Ok(realms) => tracing::info!(realms, days, "deleted realms past their retention were removed"),
        Err(error) => tracing::warn!(%error, "a deleted realm could not be removed; trying again later"),
    }
}

/// Deletes in batches, each in its own transaction. A failure waits for the next run.
fn sweep(
    what: &str,
    days: Option<u32>,
    trusted_now: &dyn Fn() -> Option<TrustedNow>,
    told_to_stop: &dyn Fn() -> bool,
    prune: impl Fn(TrustedNow, u32) -> Result<usize, StoreError>,
) {
    let Some(days) = days else { return };
    let mut gone = 0;
    // Checked for each batch: a clock alarm stops the next one.
    while !told_to_stop() {
        let Some(now) = trusted_now() else {
            tracing::warn!("{what} are not deleted: the wall clock cannot be trusted");
            break;
        };
        match prune(now, days) {
            Ok(0) => break,
            Ok(rows) => gone += rows,
            Err(error) => {
                tracing::warn!(%error, "old {what} could not be deleted; trying again later");
                break;
            }
        }
    }
    if gone > 0 {
        tracing::info!(rows = gone, days, "{what} past their retention were deleted");
    }
}
