//! What pages are made of, beside text.

mod faults;
mod mark;
mod pager;
mod scope;

pub use faults::{Fault, Faults};
pub use mark::{Mark, Tone};
pub use pager::{Choice, Column, Pager, Sorted, Tab};
pub use scope::{Effect, Origin, OriginKind, ScopeLine};
