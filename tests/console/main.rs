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
mod application_credentials;
mod attention;
mod command_line;
mod directory;
mod directory_roles;
mod foreign_provider;
mod in_a_browser;
mod long_lists;
mod members;
mod one_credential;
mod plain_browser;
mod provider;
mod provider_scene;
mod realm;
mod realm_settings;
mod renewing;
mod resource_servers;
mod revoking;
mod second_factor;
mod sessions;
mod sign_in;
mod sign_in_settings;
mod tokens;
mod told_sign_ins;
mod trace;
mod vault_forms;
mod vault_pages;
mod vault_scene;
#[path = "../api/verifier_polls.rs"]
#[expect(dead_code, reason = "the tests of the API use all of it")]
mod verifier_polls;
mod webhooks;
mod wizard;
