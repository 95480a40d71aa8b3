//! The API over real HTTP, on both databases: one module per surface.
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

mod access_token;
mod application_credentials;
mod barrier;
mod bearer_usage;
mod behind_the_back;
mod coverage;
mod credential_revocation;
mod cuts;
mod failed_authentications;
mod feed_acker;
mod feed_of_revocations;
mod feed_verifier;
mod followed_feed;
mod foreign_audiences;
mod forger;
mod forward_auth;
mod forward_auth_demands;
mod heard;
mod hostile_claims;
mod introspection_endpoint;
mod key_set;
mod keys_shown_once;
mod largest_token;
mod metadata;
mod never_more_than_granted;
mod opaque_tokens;
mod personal_tokens_at_introspection;
mod presented_forms;
mod protocol_upgrades;
mod readiness;
mod realm_suspension;
mod registry_token_endpoint;
mod repeated_acts;
mod request_limits;
mod revocation_endpoint;
mod scope_changes;
mod scopes_and_audiences;
mod signing_keys;
mod story;
mod token_cache;
mod token_claims;
mod token_confusion;
mod token_endpoint;
mod unsuitable_clients;
mod unsupported_methods;
mod vectors;
mod verifier_polls;
mod verifiers;
mod verifiers_of_nodes;
mod whoami;
