//! The engine against providers that a stub plays, through the real client and real HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and measures time"
)]

mod authorities;
mod bad_answers;
mod catalog;
mod excess;
mod fields;
mod keys;
mod lists;
mod operator_catalog;
mod outbound;
mod provider;
mod real_aws;
mod real_registry;
mod reference;
mod server;
mod service_apps;
mod stub;
mod table;
mod tls;
mod traps;
mod traps_of_code_hosts;
mod verdicts;
