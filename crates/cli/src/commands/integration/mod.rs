//! Helpers for git, docker and shells.

pub mod about;
pub mod completion;
pub mod docker_config;
pub mod docker_credential;
pub mod git_credential;
pub mod git_hook;
pub mod profile;
pub mod setup;
pub mod trace;
pub mod whoami;
