//! Sends what is due to one webhook.

use claviger_contract::Timestamp;

use crate::administration::{Administration, DELIVERY, deliver_due, delivery_job};
use crate::jobs::kind::{Bounds, Failed, JobKind, Next, Subjects};
use crate::jobs::run::Run;
use crate::store::DueWebhook;
use claviger_domain::Randomness;

/// A receiver may take 15 seconds for each message. So that some slow ones leave others their turn.
const BOUNDS: (usize, usize) = (8, 4);

pub struct WebhookDelivery(pub Administration);

impl JobKind for WebhookDelivery {
    fn name(&self) -> &'static str {
        DELIVERY
    }

    fn bounds(&self) -> Bounds {
        let (at_once, at_once_per_realm) = BOUNDS;
        Bounds { at_once, at_once_per_realm, ..Bounds::default() }
    }

    fn subjects(&self, _: Timestamp, _: &dyn Randomness) -> Result<Subjects, Failed> {
        let due = self.0.ledger.store().due_webhooks()?;
        let job = |due: DueWebhook| delivery_job(due.realm, due.webhook, due.due_at);
        Ok(Subjects::These(due.into_iter().map(job).collect()))
    }

    fn run(&self, run: &Run<'_>) -> Result<Next, Failed> {
        let webhook = run.subject().parse().map_err(Failed::new)?;
        if let Some(realm) = run.realm() {
            deliver_due(&self.0, realm, webhook, &|| run.must_stop()).map_err(Failed::new)?;
        }
        let next = self.0.ledger.store().next_delivery(webhook)?;
        Ok(next.map_or(Next::Never, Next::At))
    }
}
