//! For tests: temporary databases, servers in this process and in others, manual clocks, a plain HTTP client.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

pub mod clock;
pub mod compiled_clients;
pub mod foreign_identity_provider;
pub mod github;
pub mod gitlab;
pub mod hooks;
pub mod http;
pub mod identity_keys;
pub mod identity_provider;
pub mod jwt;
pub mod other_binary;
pub mod paths;
pub mod patience;
pub mod patroni;
pub mod postgres;
pub mod private_authority;
pub mod process;
pub mod randomness;
pub mod servers;
pub mod third_party;
pub mod world;
