//! The interfaces at which a token is presented, each protected by its own resource server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod authority;
mod builds;
mod crane;
mod factory_api;
mod factory_client;
mod factory_hook;
mod factory_introspection;
mod factory_resources;
mod factory_scene;
mod git;
mod git_addresses;
mod git_ancestry;
mod git_guide;
mod git_scene;
mod oauth2_proxy;
mod one_string;
mod proxies;
mod proxy_scene;
mod registry;
mod registry_scene;
mod registry_source;
mod relay;
