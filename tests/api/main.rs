//! The API over real HTTP, on both databases: a module per surface.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    unused_imports,
    unused_mut,
    reason = "a test fails by panicking; what `on_both_databases` writes suits tests that need less"
)]

#[path = "../support/mod.rs"]
mod support;

mod access_token;
mod failed_authentications;
mod never_more_than_granted;
mod request_limits;
mod scope_changes;
mod scopes_and_audiences;
mod story;
mod token_endpoint;
