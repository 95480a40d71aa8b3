//! Webhooks: the list, one with its deliveries, the form, and what is done with one.

pub mod acts;
pub mod detail;
pub mod form;
pub mod list;
pub mod rotate;
mod shown_once;
