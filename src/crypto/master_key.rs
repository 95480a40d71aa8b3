//! The file with the master keys, which protect all secrets: `keys/master.key`.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use claviger_domain::Randomness;

/// One line per key, `<id> <32 bytes in base64>`; the first seals, all of them open.
pub struct MasterKeys(Vec<MasterKey>);

pub struct MasterKey {
    pub id: String,
    pub bytes: Zeroizing<[u8; 32]>,
}

#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error(
        "there is no master key at {0}: create one with `claviger keys init`, or copy the one of the other nodes there"
    )]
    Missing(PathBuf),
    #[error(
        "there is already a master key at {0}: it was not replaced, because no other key opens what it sealed"
    )]
    Exists(PathBuf),
    #[error("{path} is readable by other users (mode {mode:03o}): restrict it to its owner with `chmod 600`")]
    Exposed { path: PathBuf, mode: u32 },
    #[error("line {line} of {path} is not `<id> <32 bytes in base64>`")]
    Malformed { path: PathBuf, line: usize },
    #[error("{path} lacks the master key {id}, which is in use: restore its line")]
    LacksActive { path: PathBuf, id: String },
    #[error("{path} has no master key {id}")]
    Unknown { path: PathBuf, id: String },
    #[error("keys cannot be derived from the master key")]
    Derivation,
    #[error("{path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
}

const FILE_NAME: &str = "master.key";

/// Changes when the file is replaced or written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    inode: u64,
    length: u64,
    changed: (i64, i64),
    mode: u32,
}

impl MasterKeys {
    pub fn load(folder: &Path) -> Result<Self, MasterKeyError> {
        let path = folder.join(FILE_NAME);
        let unreadable = |source| MasterKeyError::Unreadable { path: path.clone(), source };
        let mut file = File::open(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => MasterKeyError::Missing(path.clone()),
            _ => unreadable(error),
        })?;
        let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(MasterKeyError::Exposed { path, mode });
        }
        let mut text = Zeroizing::new(String::new());
        file.read_to_string(&mut text).map_err(unreadable)?;
        let keys = text
            .lines()
            .enumerate()
            .map(|(index, line)| {
                parse_line(line)
                    .ok_or_else(|| MasterKeyError::Malformed { path: path.clone(), line: index + 1 })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(MasterKeyError::Malformed { path, line: 1 });
        }
        Ok(Self(keys))
    }

    /// Never replaces a key file.
    pub fn create(folder: &Path, randomness: &dyn Randomness) -> Result<PathBuf, MasterKeyError> {
        let path = folder.join(FILE_NAME);
        let unreadable = |source| MasterKeyError::Unreadable { path: path.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unreadable)?;
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(|error| {
                match error.kind() {
                    ErrorKind::AlreadyExists => MasterKeyError::Exists(path.clone()),
                    _ => unreadable(error),
                }
            })?;
        let line = MasterKey::generate(randomness).line();
        file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(unreadable)?;
        Ok(path)
    }

    pub fn file(folder: &Path) -> PathBuf {
        folder.join(FILE_NAME)
    }

    /// Identifies the version of the file that was read.
    pub fn file_state(folder: &Path) -> Result<FileState, MasterKeyError> {
        let path = Self::file(folder);
        let metadata = std::fs::metadata(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => MasterKeyError::Missing(path.clone()),
            _ => MasterKeyError::Unreadable { path: path.clone(), source: error },
        })?;
        Ok(FileState {
            inode: metadata.ino(),
            length: metadata.len(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            mode: metadata.mode(),
        })
    }

    /// Appends another key and returns its id. It opens, but seals nothing yet.
    pub fn add(folder: &Path, randomness: &dyn Randomness) -> Result<String, MasterKeyError> {
        let _lock = lock(folder);
        let Self(mut keys) = Self::load(folder)?;
        let new = MasterKey::generate(randomness);
        let id = new.id.clone();
        keys.push(new);
        Self(keys).replace(folder)?;
        Ok(id)
    }

    /// Moves this key to the front, where it seals.
    pub fn put_first(folder: &Path, id: &str) -> Result<(), MasterKeyError> {
        let _lock = lock(folder);
        let Self(mut keys) = Self::load(folder)?;
        let place = keys.iter().position(|key| key.id == id);
        let place =
            place.ok_or_else(|| MasterKeyError::Unknown { path: Self::file(folder), id: id.to_owned() })?;
        if place == 0 {
            return Ok(());
        }
        let key = keys.remove(place);
        keys.insert(0, key);
        Self(keys).replace(folder)
    }

    pub fn remove(folder: &Path, id: &str) -> Result<(), MasterKeyError> {
        let _lock = lock(folder);
        let Self(mut keys) = Self::load(folder)?;
        if !keys.iter().any(|key| key.id == id) {
            return Err(MasterKeyError::Unknown { path: Self::file(folder), id: id.to_owned() });
        }
        keys.retain(|key| key.id != id);
        Self(keys).replace(folder)
    }

    pub fn ids(&self) -> Vec<String> {
        self.0.iter().map(|key| key.id.clone()).collect()
    }

    /// Replaces the whole file atomically, behind a symbolic link too, and keeps its mode.
    fn replace(&self, folder: &Path) -> Result<(), MasterKeyError> {
        let path = folder.join(FILE_NAME);
        let unreadable = |source| MasterKeyError::Unreadable { path: path.clone(), source };
        let target = path.canonicalize().map_err(unreadable)?;
        let beside = target.with_file_name(format!("{FILE_NAME}.new"));
        // An interrupted command may have left this file behind.
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(unreadable(error)),
            _ => {}
        }
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).map_err(unreadable)?;
        for key in &self.0 {
            file.write_all(key.line().as_bytes()).map_err(unreadable)?;
        }
        let mode = target.metadata().map_err(unreadable)?.permissions();
        file.set_permissions(mode).and_then(|()| file.sync_all()).map_err(unreadable)?;
        std::fs::rename(&beside, &target).map_err(unreadable)?;
        let folder = target.parent().unwrap_or(folder);
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(unreadable)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, MasterKey> {
        self.0.iter()
    }
}

impl MasterKey {
    fn generate(randomness: &dyn Randomness) -> Self {
        let id = randomness.bytes::<4>().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { id, bytes: Zeroizing::new(randomness.bytes::<32>()) }
    }

    fn line(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{} {}\n", self.id, STANDARD.encode(*self.bytes)))
    }
}

fn parse_line(line: &str) -> Option<MasterKey> {
    let (id, encoded) = line.trim_end().split_once(' ')?;
    let decoded = Zeroizing::new(STANDARD.decode(encoded).ok()?);
    let bytes = Zeroizing::new(<[u8; 32]>::try_from(decoded.as_slice()).ok()?);
    let plain = |c: char| c.is_ascii_alphanumeric();
    (!id.is_empty() && id.len() <= 32 && id.chars().all(plain))
        .then(|| MasterKey { id: id.to_owned(), bytes })
}

/// Commands that change the file wait for one another until this is dropped. `None` if there is no file yet, or if its
/// file system has no locks.
fn lock(folder: &Path) -> Option<File> {
    let target = folder.join(FILE_NAME).canonicalize().ok()?;
    let folder = File::open(target.parent()?).ok()?;
    folder.lock().ok().map(|()| folder)
}
