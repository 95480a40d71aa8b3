//! A server in this process with a realm, and what tests set up in it.

mod administration;
mod on_both_databases;
mod server;
mod settings;
mod tokens;

pub use administration::Client;
pub use server::{Database, World};
pub use settings::settings;
