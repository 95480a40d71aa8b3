//! Makes the jobs of webhooks due: the kinds as they are stored, and what is asked of each.

use claviger_contract::{RealmLabel, Timestamp};
use claviger_domain::WebhookId;

use crate::store::{PlannedJob, Store};

/// Fills the outboxes. One job for all.
pub const OUTBOX: &str = "webhook_outbox";
/// Sends what is due. One job for each webhook, which is its subject.
pub const DELIVERY: &str = "webhook_delivery";

pub fn outbox_job(due_at: Timestamp) -> PlannedJob {
    PlannedJob { kind: OUTBOX, subject: String::new(), realm: None, due_at }
}

pub fn delivery_job(realm: RealmLabel, webhook: WebhookId, due_at: Timestamp) -> PlannedJob {
    PlannedJob { kind: DELIVERY, subject: webhook.to_string(), realm: Some(realm), due_at }
}

/// A request that fails fails nothing else: jobs that should exist are planned anew within a minute.
pub fn request(store: &Store, job: &PlannedJob) {
    if let Err(error) = store.jobs().request(job, 0) {
        tracing::warn!(%error, kind = job.kind, "a job could not be requested; it is planned within a minute");
    }
}
