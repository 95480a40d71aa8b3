//! Three servers on one PostgreSQL: revocation latency, in normal operation and with one failing server.

mod failing;
mod healthy;
mod nodes;
mod rows;

pub use rows::rows;
