//! The web console over real HTTP, on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod access;
mod in_a_browser;
mod members;
mod one_credential;
mod plain_browser;
mod realm;
mod renewing;
mod revoking;
mod second_factor;
mod sessions;
mod sign_in;
mod tokens;
mod wizard;
