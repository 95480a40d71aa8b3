//! Usage counts and last-seen times, kept outside the snapshot. Bounded for each realm.

mod heard;
mod heard_names;
mod usage;
mod usage_bounds;

pub use heard::Heard;
pub use usage::Usage;
