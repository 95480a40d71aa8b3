//! Service credentials: the list, the wizard, one credential and what is done with it.

pub mod add;
pub mod detail;
pub mod draft;
mod edit;
mod events;
pub mod found;
pub mod lines;
pub mod list;
mod narrowed;
pub mod pickers;
mod reaches;
pub mod receipt;
pub mod remove;
pub mod renew;
pub mod revoke;
pub mod saved;
pub mod wizard;
