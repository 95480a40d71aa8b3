//! Webhooks: who is told of events, and what was sent. The events come from the audit trail.

mod deliveries;
mod delivering;
mod endings;
mod endpoints;
mod outbox;
mod requests;
mod rotation;
mod test;
mod view;

pub use deliveries::{find_delivery, list_deliveries, resend_delivery};
pub use delivering::deliver_due;
pub use endings::tell_endings;
pub use endpoints::{create_webhook, delete_webhook, edit_webhook, find_webhook, list_webhooks};
pub use outbox::{fill_outbox, prune_outbox};
pub use requests::{DELIVERY, OUTBOX, delivery_job, outbox_job};
pub use rotation::rotate_webhook_secret;
pub use test::test_webhook;
