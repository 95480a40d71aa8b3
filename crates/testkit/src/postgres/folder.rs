//! Where a server has its data and its socket.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Explicit, so that a `PGPORT` in the environment affects neither side.
pub const PORT: u16 = 5432;

/// A socket's path, its closing NUL included, has 108 bytes on Linux and fewer elsewhere.
const MAX_SOCKET_PATH: usize = 103;

/// A new folder that only its owner may enter: connections need no password, so it restricts access.
pub fn private_folder() -> Result<PathBuf, String> {
    let parent = parent_folder();
    // A number that an earlier process with the same id left behind is skipped.
    for number in 0..1000 {
        let folder = parent.join(format!("claviger-postgres-{}-{number}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("cannot make the folder {}: {error}", folder.display())),
        }
    }
    Err(format!("{} is full of folders named claviger-postgres-*: remove them", parent.display()))
}

/// `TMPDIR` if set and suitable, else shared memory if large enough. A database has 300 files, which some disks take
/// 300 ms to create and memory 20. Files in memory survive a killed process like files on disk, but not a power loss.
pub fn parent_folder() -> PathBuf {
    let memory = Path::new("/dev/shm");
    match std::env::var_os("TMPDIR").map(PathBuf::from) {
        Some(folder) if fits_in_urls_and_settings(&folder) => folder,
        None if has_room(memory) => memory.to_owned(),
        _ => PathBuf::from("/tmp"),
    }
}

/// Whether 500 databases of 8 MB would fit; containers often have 64 MB of such memory in all.
fn has_room(folder: &Path) -> bool {
    const KIBIBYTES: u64 = 4 * 1024 * 1024;
    let Ok(output) = Command::new("df").arg("-Pk").arg(folder).stderr(Stdio::null()).output() else {
        return false;
    };
    // The second line: device, size, used, available, …
    let available = String::from_utf8_lossy(&output.stdout)
        .lines()
        .nth(1)
        .and_then(|line| line.split_whitespace().nth(3)?.parse::<u64>().ok());
    available.is_some_and(|kibibytes| kibibytes >= KIBIBYTES)
}

/// Short enough for a socket, without characters that URLs, settings or shells need quoted.
fn fits_in_urls_and_settings(parent: &Path) -> bool {
    let longest = parent.join(format!("claviger-postgres-{}-999/.s.PGSQL.{PORT}.lock", u32::MAX));
    longest.to_str().is_some_and(|path| {
        path.starts_with('/')
            && path.len() <= MAX_SOCKET_PATH
            && path.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
    })
}
