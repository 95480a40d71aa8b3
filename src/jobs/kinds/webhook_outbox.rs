//! Moves events from the audit trail to the outboxes of webhooks.

use claviger_contract::Timestamp;

use crate::administration::{Administration, OUTBOX, fill_outbox, outbox_job};
use crate::jobs::kind::{Failed, JobKind, Next, Subjects};
use crate::jobs::run::Run;
use claviger_domain::Randomness;

/// How long an event waits before it is sent. Each run writes its row in the table of jobs.
const EVERY_SECONDS: i64 = 2;

pub struct WebhookOutbox(pub Administration);

impl WebhookOutbox {
    fn has_webhooks(&self) -> bool {
        self.0.ledger.latest().realms().any(|realm| realm.webhooks.count() > 0)
    }
}

impl JobKind for WebhookOutbox {
    fn name(&self) -> &'static str {
        OUTBOX
    }

    /// None while there is no webhook. The first one requests it.
    fn subjects(&self, now: Timestamp, _: &dyn Randomness) -> Result<Subjects, Failed> {
        Ok(Subjects::These(if self.has_webhooks() { vec![outbox_job(now)] } else { Vec::new() }))
    }

    fn run(&self, _: &Run<'_>) -> Result<Next, Failed> {
        fill_outbox(&self.0).map_err(Failed::new)?;
        Ok(if self.has_webhooks() { Next::After(EVERY_SECONDS) } else { Next::Never })
    }
}
