//! A form that makes or changes one thing: one page for all that need no more than fields below one another.

mod field;
mod page;

pub use field::{FormChoice, FormField};
pub use page::{FormPage, Stale};
