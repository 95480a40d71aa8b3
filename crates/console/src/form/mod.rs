//! A form that makes or changes one thing: one page for all that need no more than fields below one another.

mod field;
mod overlap;
mod page;

pub use field::{FormChoice, FormField};
pub(crate) use overlap::overlap_field;
pub use page::{FormPage, Stale};
