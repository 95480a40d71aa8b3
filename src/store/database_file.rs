//! The file of an SQLite database: accessible only to its owner, and identified by device and inode.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::statvfs;
use rustix::process::geteuid;

use crate::store::error::StoreError;

/// The same file has the same id under every path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    /// Follows symbolic links.
    pub fn of(path: &Path) -> Result<Self, Error> {
        Ok(Self::from(&std::fs::metadata(path)?))
    }

    pub fn of_open(file: &File) -> Result<Self, Error> {
        Ok(Self::from(&file.metadata()?))
    }
}

impl From<&Metadata> for FileId {
    fn from(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }
}

/// Creates the missing folders (0700) and the file (0600). SQLite gives its other files the mode of this one.
pub fn create(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| failed(folder, e))?;
    }
    // Never opens an existing file: closing it would drop this process's SQLite locks on it.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed(path, error)),
        // The path is a dangling symbolic link: `create_new` refuses every link.
        Err(_) if !path.exists() => {
            let target = std::fs::read_link(path).map_err(|error| failed(path, error))?;
            let folder = path.parent().unwrap_or(Path::new(""));
            create(&folder.join(target))
        }
        _ => Ok(()),
    }
}

/// Beside the file itself, not beside a symbolic link to it.
pub fn write_ahead_log(path: &Path) -> PathBuf {
    let mut name = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push("-wal");
    name.into()
}

/// The SQLite URI that opens an existing file and never creates one.
pub fn existing(path: &str) -> String {
    let mut address = String::from(if path.starts_with('/') { "file://" } else { "file:" });
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => address.push(byte.into()),
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address.push_str("?mode=rw");
    address
}

/// Below this, the commit of one change may fail.
const NEEDED_BYTES: u64 = 64 << 10;

/// The file that a store has opened. Its path may lead to another file later.
pub struct PinnedFile {
    path: PathBuf,
    database: FileId,
    log_path: PathBuf,
    /// Set while a session is open: SQLite removes the file with its last connection.
    log: Mutex<Option<FileId>>,
}

impl PinnedFile {
    pub fn new(path: &Path) -> Result<Self, StoreError> {
        let database = FileId::of(path).map_err(|error| failed(path, error))?;
        let log_path = write_ahead_log(path);
        Ok(Self { path: path.to_owned(), database, log_path, log: Mutex::new(None) })
    }

    /// Call this after a long-lived connection has read from the database.
    pub fn pin_log(&self) {
        *self.log.lock().unwrap_or_else(PoisonError::into_inner) = FileId::of(&self.log_path).ok();
    }

    pub fn unpin_log(&self) {
        *self.log.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Fails if the path leads to another file than before, or to none.
    pub fn check(&self) -> Result<(), StoreError> {
        if FileId::of(&self.path).ok() != Some(self.database) {
            return Err(StoreError::Replaced { path: self.path.display().to_string() });
        }
        let log = *self.log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.is_some() && FileId::of(&self.log_path).ok() != log {
            return Err(StoreError::Replaced { path: self.log_path.display().to_string() });
        }
        Ok(())
    }

    /// Checks free space, because a small write may still fit into the existing files when the next change does not.
    pub fn check_space(&self) -> Result<(), StoreError> {
        let folder = self.log_path.parent().unwrap_or(Path::new("."));
        let space = statvfs(folder).map_err(|error| failed(folder, error.into()))?;
        let blocks = if geteuid().is_root() { space.f_bfree } else { space.f_bavail };
        let left = blocks.saturating_mul(space.f_frsize);
        // Some file systems do not report their size.
        if space.f_blocks > 0 && left < NEEDED_BYTES {
            return Err(StoreError::NoSpace { path: folder.display().to_string(), left });
        }
        Ok(())
    }
}

fn failed(path: &Path, source: Error) -> StoreError {
    StoreError::File { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn address_names_any_path_and_never_creates() {
        assert_eq!(existing("data/claviger.db"), "file:data/claviger.db?mode=rw");
        assert_eq!(existing("/srv/a b/c?d#e%.db"), "file:///srv/a%20b/c%3Fd%23e%25.db?mode=rw");
        assert_eq!(existing("//x.db"), "file:////x.db?mode=rw");
        assert_eq!(existing("file:x"), "file:file%3Ax?mode=rw");
    }

    #[test]
    fn new_file_is_its_owners_alone_also_behind_a_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let (link, target) = (folder.path().join("link.db"), folder.path().join("target.db"));
        std::os::unix::fs::symlink("target.db", &link).expect("a link");
        create(&link).expect("a file");
        let mode = std::fs::metadata(&target).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(FileId::of(&link).expect("a file"), FileId::of(&target).expect("a file"));
        create(&link).expect("nothing to do");
    }

    #[test]
    fn file_that_was_removed_or_replaced_is_noticed_and_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, away) = (folder.path().join("a.db"), folder.path().join("away"));
        create(&path).expect("a file");
        let pinned = PinnedFile::new(&path).expect("a file");
        pinned.check().expect("the file");
        std::fs::rename(&path, &away).expect("moved");
        assert!(matches!(pinned.check(), Err(StoreError::Replaced { .. })));
        create(&path).expect("another file");
        assert!(matches!(pinned.check(), Err(StoreError::Replaced { .. })));
        std::fs::rename(&away, &path).expect("moved back");
        pinned.check().expect("the file");
        let log = folder.path().join("a.db-wal");
        std::fs::write(&log, b"").expect("a log");
        pinned.pin_log();
        pinned.check().expect("both files");
        std::fs::remove_file(&log).expect("removed");
        assert!(matches!(pinned.check(), Err(StoreError::Replaced { .. })));
        pinned.unpin_log();
        pinned.check().expect("the file");
    }
}
