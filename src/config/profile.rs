//! Where the command line keeps who somebody is.

use std::path::PathBuf;

/// Where `claviger login` keeps what it keeps: `CLAVIGER_PROFILE`, else below the user's folder of settings.
#[expect(clippy::disallowed_methods, reason = "this is the one room that reads the environment")]
pub fn profile_file() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = || variable("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
    variable("CLAVIGER_PROFILE").or_else(|| Some(folder()?.join("claviger/profile.json")))
}
