//! The installed programs of PostgreSQL, and the user that may run them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// PostgreSQL refuses to run as root; its Debian package brings this user.
pub const USER_WHEN_ROOT: &str = "postgres";

/// `{installed}/{version}/bin` of the highest version: Debian installs several side by side.
pub fn newest_binaries(installed: &Path) -> Result<PathBuf, String> {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    fs::read_dir(installed)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let binaries = path.join("bin");
            let complete =
                ["initdb", "pg_ctl", "postgres", "psql"].iter().all(|name| binaries.join(name).is_file());
            Some((version(&path).filter(|_| complete)?, binaries))
        })
        .max()
        .map(|(_, binaries)| binaries)
        .ok_or_else(|| {
            format!(
                "the tests need a PostgreSQL server, 15 or newer, and there is none in {}/*/bin: \
                 install the package postgresql (Debian: apt-get install postgresql)",
                installed.display()
            )
        })
}

/// The ids of another user if this process is root, detected by the owner of the folder that it just created.
pub fn user_to_become(folder: &Path) -> Result<Option<(u32, u32)>, String> {
    let owner =
        fs::metadata(folder).map_err(|error| format!("cannot look at {}: {error}", folder.display()))?.uid();
    if owner != 0 {
        return Ok(None);
    }
    let users =
        fs::read_to_string("/etc/passwd").map_err(|error| format!("cannot read /etc/passwd: {error}"))?;
    users
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields.first() == Some(&USER_WHEN_ROOT))
        .and_then(|fields| Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?)))
        .map(Some)
        .ok_or_else(|| {
            format!(
                "PostgreSQL does not run as root, and there is no user {USER_WHEN_ROOT} to run it as: \
                 install the package postgresql, which makes one, or run the tests as another user"
            )
        })
}
