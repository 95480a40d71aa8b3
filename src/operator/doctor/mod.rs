//! `claviger doctor`: checks everything that a server needs, and changes nothing.

mod cluster;
mod database;
mod examine;
mod files;
mod findings;
mod history;
mod machine;
mod shared_database;
mod watch;

pub use examine::examine;
pub use findings::{Finding, Findings};
