//! Usage counts, last-seen times and running requests, kept outside the snapshot. Bounded for each realm.

mod last_seen;
mod seen_names;
mod slots;
mod usage;
mod usage_bounds;

pub use last_seen::LastSeen;
pub use slots::{Slot, Slots, TooManyRequests};
pub use usage::Usage;
