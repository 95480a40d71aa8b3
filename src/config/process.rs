//! What this process was started with, for the commands that other programs call.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The name first, as it was called: links to this program under another name do another thing.
pub fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// Where this program lies.
pub fn this_program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// `DOCKER_CONFIG`, else below the home folder.
pub fn docker_config_file() -> Option<PathBuf> {
    let folder = folder("DOCKER_CONFIG").or_else(|| Some(folder("HOME")?.join(".docker")));
    Some(folder?.join("config.json"))
}

/// Where people keep programs of their own.
pub fn own_programs() -> Option<PathBuf> {
    Some(folder("HOME")?.join(".local/bin"))
}

pub fn is_on_path(wanted: &Path) -> bool {
    let path = variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder == wanted)
}

/// What the proxy in front of a git server says of whoever pushes; `None` where it says nothing.
pub fn pushers_scopes() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one room that reads the environment")]
    std::env::var_os("CLAVIGER_SCOPES").map(|scopes| scopes.to_string_lossy().into_owned())
}

fn folder(name: &str) -> Option<PathBuf> {
    variable(name).map(PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "this is the one room that reads the environment")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
