//! The binary as a process: started, killed, queried, and used by third-party clients.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod browser_login;
mod build_context;
mod care;
mod command_line;
mod compose;
mod compose_scene;
mod compose_traffic;
mod connection_limits;
mod credential_commands;
mod credential_helpers;
mod damaged_log;
mod database_file;
mod database_file_faults;
mod database_file_scene;
mod debian_package;
mod described_api;
mod described_commands;
mod drill_services;
mod durability;
mod foreign_clients;
mod generated_clients;
mod go_verifier;
mod guide_code;
mod guide_commands;
mod guides;
mod half_open;
mod image;
mod java_verifier;
mod keep_alive;
mod key_care;
mod late_database;
mod limited_server;
mod many_tokens;
mod memory;
mod observing;
mod operator_output;
mod packaging;
#[path = "../console/plain_browser.rs"]
#[expect(dead_code, reason = "the tests of the console use all of it")]
mod plain_browser;
mod pooler;
mod protected_services;
mod quick_start;
mod readme;
mod revocation_drill;
mod secrets_in_transit;
mod serving;
mod shell_blocks;
mod sidecar;
mod sidecar_answers;
mod sidecar_scene;
mod sign_in;
mod silent_connections;
mod stub_node;
mod supply_chain;
mod terminal;
mod tls;
mod traces;
mod verifier_clients;
mod webhooks;
