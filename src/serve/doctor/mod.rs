//! `claviger doctor`: looks at everything that a server needs, and changes nothing.

mod database;
mod examine;
mod findings;
mod machine;

pub use examine::examine;
pub use findings::{Finding, Findings};
