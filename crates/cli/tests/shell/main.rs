//! The binary as a shell and its scripts use it: output, files, environment, exit codes. The server is a stub.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and prepares the environment of processes"
)]

mod commands;
mod confirmation;
mod environment;
mod exit_codes;
mod login;
mod lost_output;
mod names;
mod profiles;
mod scene;
mod terminal;
mod user_files;
