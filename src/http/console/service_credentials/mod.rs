//! Service credentials: the list, the wizard, one credential and what is done with it.

pub mod detail;
pub mod download;
mod draft;
mod events;
mod found;
mod lines;
pub mod list;
pub mod pickers;
pub mod saved;
pub mod wizard;
