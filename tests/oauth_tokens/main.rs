//! What becomes of a token: asked about, revoked, cut, forged; and what a realm publishes about itself.
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

mod bearer_usage;
mod credential_revocation;
mod cuts;
mod forger;
mod introspection_endpoint;
mod key_set;
mod keys_shown_once;
mod metadata;
mod personal_tokens_at_introspection;
mod revocation_endpoint;
mod token_claims;
mod token_confusion;
mod whoami;
