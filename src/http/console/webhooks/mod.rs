//! Webhooks: one with its deliveries, the form, and what is done with one.

pub mod acts;
pub mod detail;
pub mod form;
pub mod rotate;
mod shown_once;
