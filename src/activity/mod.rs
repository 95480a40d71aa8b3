//! Usage counts and last-seen times, kept outside the snapshot. Bounded for each realm.

mod last_seen;
mod seen_names;
mod usage;
mod usage_bounds;

pub use last_seen::LastSeen;
pub use usage::Usage;
