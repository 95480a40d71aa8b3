//! Groups: the list, one group, its form, its end.

pub mod detail;
mod draft;
mod form;
mod found;
pub mod list;
