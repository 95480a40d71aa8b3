//! Deletes expired data: audit events, rows of the change log, and ended tokens, credentials and realms. Each has its own
//! setting, in days.

use std::sync::Arc;

use claviger_contract::Timestamp;

use crate::administration::remove_deleted_realms;
use crate::jobs::kind::{Failed, JobKind, Next, Subjects};
use crate::jobs::run::Run;
use crate::ledger::Ledger;
use crate::store::StoreError;
use claviger_domain::{Randomness, TrustedNow};

const EVERY_SECONDS: i64 = 600;

/// `None` keeps forever.
#[derive(Clone, Copy, Debug, Default)]
pub struct RetentionDays {
    pub audit: Option<u32>,
    pub log: Option<u32>,
    pub tokens: Option<u32>,
    /// Deleted realms are removed with them.
    pub credentials: Option<u32>,
}

pub struct Retention {
    pub ledger: Arc<Ledger>,
    pub days: RetentionDays,
}

impl JobKind for Retention {
    fn name(&self) -> &'static str {
        "retention"
    }

    fn subjects(&self, _: Timestamp, _: &dyn Randomness) -> Result<Subjects, Failed> {
        Ok(Subjects::One)
    }

    /// A failure delays no other deletion. The first one is returned.
    fn run(&self, run: &Run<'_>) -> Result<Next, Failed> {
        let (store, days) = (self.ledger.store(), self.days);
        let before = |now: TrustedNow, days: u32| now.minus_seconds(i64::from(days) * 86_400);
        let swept = [
            sweep(run, "audit events", days.audit, |now, days| store.prune_audit_events(now, days)),
            sweep(run, "rows of the change log", days.log, |now, days| store.prune_log(now, days)),
            sweep(run, "ended tokens", days.tokens, |now, days| store.prune_ended_tokens(before(now, days))),
            sweep(run, "ended credentials", days.credentials, |now, days| {
                store.prune_ended_credentials(before(now, days))
            }),
            self.remove_realms(run),
        ];
        swept.into_iter().collect::<Result<(), Failed>>()?;
        Ok(Next::After(EVERY_SECONDS))
    }
}

impl Retention {
    /// With the credentials that ended.
    fn remove_realms(&self, run: &Run<'_>) -> Result<(), Failed> {
        let (Some(days), Some(now)) = (self.days.credentials, run.trusted_now()) else { return Ok(()) };
        let realms = remove_deleted_realms(&self.ledger, now, days).map_err(Failed::new)?;
        if realms > 0 {
            tracing::info!(realms, days, "deleted realms past their retention were removed");
        }
        Ok(())
    }
}

/// Deletes in batches, each in its own transaction.
fn sweep(
    run: &Run<'_>,
    what: &str,
    days: Option<u32>,
    prune: impl Fn(TrustedNow, u32) -> Result<usize, StoreError>,
) -> Result<(), Failed> {
    let Some(days) = days else { return Ok(()) };
    let mut gone = 0;
    let mut swept = Ok(());
    // Checked for each batch: a clock alarm stops the next one.
    while !run.must_stop() {
        let Some(now) = run.trusted_now() else {
            tracing::warn!("{what} are not deleted: the wall clock cannot be trusted");
            break;
        };
        match prune(now, days) {
            Ok(0) => break,
            Ok(rows) => gone += rows,
            Err(error) => {
                swept = Err(Failed::new(format!("old {what} could not be deleted: {error}")));
                break;
            }
        }
    }
    if gone > 0 {
        tracing::info!(rows = gone, days, "{what} past their retention were deleted");
    }
    swept
}
