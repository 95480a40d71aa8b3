//! Times, counts, ids and patterns as people read them. Sentences themselves stand in the templates.
//!
//! Numbers and times are taken by reference, as templates pass their arguments.

mod count;
mod id;
mod pattern;
mod time;

pub use count::{capped, number, things};
pub use id::short_id;
pub use pattern::exact_pattern;
pub use time::{ago, date, date_time, day, exact, in_time, lifetime, minute};
