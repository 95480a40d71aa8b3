//! Work that one server at a time does: the runner that claims it, and the kinds.

mod backoff;
mod kind;
mod kinds;
mod planning;
mod run;
mod runner;
mod signals;

pub use backoff::Backoff;
pub use kind::{Bounds, Failed, JobKind, Next, ON_REQUEST, Subjects};
pub use kinds::{
    EndedKeys, ExpiryNotices, OldCounts, Retention, RetentionDays, Revalidation, SourcePulls, WaitingCuts,
    WebhookDelivery, WebhookOutbox, request_waiting_cuts,
};
pub use run::Run;
pub use runner::{Runner, RunnerParts};
