//! The file in which the command line stores a login.

use std::path::PathBuf;

/// The file of `claviger login`: `CLAVIGER_PROFILE`, otherwise below the user's settings folder.
#[expect(clippy::disallowed_methods, reason = "this is the one room that reads the environment")]
pub fn profile_file() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = || variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
    variable("CLAVIGER_PROFILE").or_else(|| Some(folder()?.join("claviger/profile.json")))
}
