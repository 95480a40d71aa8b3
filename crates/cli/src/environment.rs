//! Arguments and environment of this process. No other file of this crate reads them.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use claviger_contract::Timestamp;
use claviger_domain::Name;
use zeroize::Zeroizing;

/// For filters of lists. The server judges by its own clock.
#[expect(clippy::disallowed_methods, reason = "one reading for a command, and no decision depends on it")]
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_epoch_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// For what a command measures.
#[expect(clippy::disallowed_methods, reason = "the command that measures times is the one that reads them")]
pub fn instant() -> std::time::Instant {
    std::time::Instant::now()
}

/// The time of day beside it.
#[expect(clippy::disallowed_methods, reason = "the command that measures times is the one that reads them")]
pub fn time_of_day() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

/// The first argument is the name that was called. Links to this program under other names select another command.
pub fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

pub fn this_program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// `config.json` in `DOCKER_CONFIG`, otherwise in `.docker` below `HOME`.
pub fn docker_config_file() -> Option<PathBuf> {
    let folder = folder("DOCKER_CONFIG").or_else(|| Some(folder("HOME")?.join(".docker")));
    Some(folder?.join("config.json"))
}

/// File that `git config --global` writes, unless only the other one of git-config(1) exists.
pub fn git_config_file() -> Option<PathBuf> {
    folder("GIT_CONFIG_GLOBAL").or_else(|| Some(folder("HOME")?.join(".gitconfig")))
}

/// Files in which docker, podman and skopeo look up credential helpers (containers-auth.json(5)).
pub fn registry_helper_files() -> Vec<PathBuf> {
    let own = [folder("XDG_RUNTIME_DIR"), settings_folder()].into_iter().flatten();
    let own = own.map(|folder| folder.join("containers/auth.json"));
    docker_config_file().into_iter().chain(folder("REGISTRY_AUTH_FILE")).chain(own).collect()
}

/// Folder of the profiles of `claviger login`, below the user's configuration folder.
pub fn profile_folder() -> Option<PathBuf> {
    Some(settings_folder()?.join("claviger"))
}

/// What people call this machine, as the name of an object may be.
pub fn machine_name() -> String {
    let name = rustix::system::uname().nodename().to_str().map(str::parse::<Name>);
    name.ok().and_then(Result::ok).map_or_else(|| "unnamed machine".to_owned(), |name| name.to_string())
}

/// Whether this process was started over SSH: a browser here is not that of the person.
pub fn is_over_ssh() -> bool {
    variable("SSH_CONNECTION").is_some()
}

/// Usual folder for a user's own programs.
pub fn own_programs() -> Option<PathBuf> {
    Some(folder("HOME")?.join(".local/bin"))
}

pub fn is_on_path(wanted: &Path) -> bool {
    let path = variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder == wanted)
}

/// Scopes of the pushing client, as reported by the proxy in front of a git server. `None` if it reports none, or if
/// there are none.
pub fn pushers_scopes() -> Option<String> {
    variable("CLAVIGER_SCOPES").map(|scopes| scopes.to_string_lossy().into_owned())
}

/// Width of the terminal, for terminals that do not report it.
pub fn columns() -> Option<usize> {
    variable("COLUMNS")?.to_str()?.parse().ok().filter(|columns| *columns > 0)
}

/// Whether OpenSSL's variables name authorities to trust instead of the system's.
pub fn names_authorities() -> bool {
    ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().any(|name| variable(name).is_some())
}

/// For `claviger webhook listen`.
pub fn webhook_secret() -> Option<Zeroizing<String>> {
    variable("CLAVIGER_WEBHOOK_SECRET").map(|secret| Zeroizing::new(secret.to_string_lossy().into_owned()))
}

/// For `claviger sidecar`: the key of its resource server.
pub fn sidecar_key() -> Option<Zeroizing<String>> {
    variable("CLAVIGER_SIDECAR_KEY").map(|key| Zeroizing::new(key.to_string_lossy().into_owned()))
}

/// What kubectl says to a credential plugin: a JSON object with the version of the answer that it reads.
pub fn kubernetes_exec_info() -> Option<String> {
    variable("KUBERNETES_EXEC_INFO").map(|info| info.to_string_lossy().into_owned())
}

/// Namespace in which git looks up replacement refs, if it is not `refs/replace/`.
pub fn replacement_refs() -> Option<String> {
    variable("GIT_REPLACE_REF_BASE").map(|base| base.to_string_lossy().into_owned())
}

/// The user's configuration folder, for all programs.
fn settings_folder() -> Option<PathBuf> {
    folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))
}

fn folder(name: &str) -> Option<PathBuf> {
    variable(name).map(PathBuf::from)
}

#[expect(clippy::disallowed_methods, reason = "this is the one file that reads the environment")]
pub fn is_empty(name: &OsStr) -> bool {
    std::env::var_os(name).is_some_and(|value| value.is_empty())
}

/// Every variable that is empty counts as unset.
#[expect(clippy::disallowed_methods, reason = "this is the one file that reads the environment")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
