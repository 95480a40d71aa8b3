//! The web console over real HTTP, on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

mod plain_browser;
mod realm;
mod sessions;
mod sign_in;
mod wizard;
