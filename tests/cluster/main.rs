//! Several nodes on one database: what `revoke` promises holds on every one of them, whatever happens to the others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    unused,
    reason = "a test fails by panicking, and of the shared support this one needs a part"
)]

#[path = "../support/mod.rs"]
mod support;

mod chaos;
mod checker;
mod doctor;
mod failover;
mod faults;
mod ghost;
mod heavy_queries;
mod link;
mod nodes;
mod observing;
mod revocation;
mod traffic;
