//! Several nodes on one database: the promise of `revoke` holds on each of them, whatever happens to the others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    unused,
    reason = "a test fails by panicking"
)]

mod acts;
mod chaos;
mod chaos_report;
mod checker;
mod command_line;
mod damaged_log;
mod deck;
mod doctor;
mod failover;
mod faketime;
mod faults;
mod ghost;
mod heard;
mod heavy_queries;
mod injector;
mod jobs;
mod line;
mod link;
mod master_keys;
mod node_list;
mod nodes;
mod observing;
mod patroni;
#[path = "../console/plain_browser.rs"]
mod plain_browser;
mod requests;
mod restricting;
mod retries;
mod revocation;
mod seen;
mod sessions;
mod tenant;
mod traffic;
mod vault;
mod verifiers;
mod webhooks;
