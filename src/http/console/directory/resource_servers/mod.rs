//! Resource servers: the list, one server, a new one with its key, its renewal, its end.

pub mod create;
pub mod detail;
mod found;
mod keys;
pub mod list;
mod reach;
pub mod renew;
