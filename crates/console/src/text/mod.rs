//! Times, counts, ids and patterns as people read them. Sentences themselves stand in the templates.
//!
//! Numbers and times are taken by reference, as templates pass their arguments.

mod count;
mod id;
mod list;
mod pattern;
mod person;
mod time;

pub use count::{capped, number, things};
pub use id::short_id;
pub use list::listed;
pub use pattern::exact_pattern;
pub use person::initials;
pub use time::{
    ago, clock, date, date_time, day, exact, in_time, lifetime, lifetime_flag, minute, seconds_of_day,
};
