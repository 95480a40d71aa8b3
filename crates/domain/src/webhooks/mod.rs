//! Webhooks: who is told of what, what was sent, and what is about to end.

pub mod delivery;
pub mod ending;
pub mod event_counts;
pub mod event_type;
pub mod retries;
pub mod url;
pub mod webhook;
