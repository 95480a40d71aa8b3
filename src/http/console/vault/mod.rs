//! The vault: source credentials, and the sources that use them.

mod carried;
pub mod chooser;
pub mod delete;
pub mod detail;
mod draft;
pub mod form;
mod inputs;
mod known;
pub mod list;
mod refused;
mod retrievals;
pub mod save;
pub mod source;
pub mod source_acts;
pub mod source_form;
mod verdict;
