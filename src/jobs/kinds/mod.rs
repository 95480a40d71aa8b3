//! The kinds of jobs of this server. A new one is added here and in `src/serve/jobs.rs`.

mod ended_keys;
mod expiry_notices;
mod old_counts;
mod retention;
mod revalidation;
mod source_pull;
mod waiting_cuts;
mod webhook_delivery;
mod webhook_outbox;

pub use ended_keys::EndedKeys;
pub use expiry_notices::ExpiryNotices;
pub use old_counts::OldCounts;
pub use retention::{Retention, RetentionDays};
pub use revalidation::Revalidation;
pub use source_pull::SourcePulls;
pub use waiting_cuts::{WaitingCuts, request_waiting_cuts};
pub use webhook_delivery::WebhookDelivery;
pub use webhook_outbox::WebhookOutbox;
