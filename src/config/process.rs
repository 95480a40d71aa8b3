//! The arguments and environment of this process, for the commands that other programs call.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Starts with the name that was called: links to this program under other names act differently.
pub fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// The path of this program.
pub fn this_program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// The path from `DOCKER_CONFIG`, otherwise below the home folder.
pub fn docker_config_file() -> Option<PathBuf> {
    let folder = folder("DOCKER_CONFIG").or_else(|| Some(folder("HOME")?.join(".docker")));
    Some(folder?.join("config.json"))
}

/// Where docker, podman and skopeo look for credential helpers (containers-auth.json(5)).
pub fn registry_helper_files() -> Vec<PathBuf> {
    let settings = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")));
    let own = [folder("XDG_RUNTIME_DIR"), settings].into_iter().flatten();
    let own = own.map(|folder| folder.join("containers/auth.json"));
    docker_config_file().into_iter().chain(folder("REGISTRY_AUTH_FILE")).chain(own).collect()
}

/// The usual folder for a user's own programs.
pub fn own_programs() -> Option<PathBuf> {
    Some(folder("HOME")?.join(".local/bin"))
}

pub fn is_on_path(wanted: &Path) -> bool {
    let path = variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder == wanted)
}

/// The scopes of the pushing client, as the proxy in front of a git server reports them; `None` if it reports none.
pub fn pushers_scopes() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is the one room that reads the environment")]
    std::env::var_os("CLAVIGER_SCOPES").map(|scopes| scopes.to_string_lossy().into_owned())
}

/// Where git looks for replacement refs, if not in `refs/replace/`.
pub fn replacement_refs() -> Option<String> {
    variable("GIT_REPLACE_REF_BASE").map(|base| base.to_string_lossy().into_owned())
}

fn folder(name: &str) -> Option<PathBuf> {
    variable(name).map(PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "this is the one room that reads the environment")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
