//! The kinds of jobs of this server. A new one is added here and in `src/serve/jobs.rs`.

mod ended_keys;
mod old_counts;
mod retention;
mod revalidation;
mod source_pull;
mod waiting_cuts;

pub use ended_keys::EndedKeys;
pub use old_counts::OldCounts;
pub use retention::{Retention, RetentionDays};
pub use revalidation::Revalidation;
pub use source_pull::SourcePulls;
pub use waiting_cuts::{WaitingCuts, request_waiting_cuts};
