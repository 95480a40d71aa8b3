//! The file for new client keys: append-only, readable only by its owner.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use claviger_domain::ClientId;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};

/// What a pipeline needs, besides the server's URL.
#[derive(Serialize)]
pub struct KeyLine<'a> {
    pub realm: &'a str,
    pub name: &'a str,
    pub client_id: ClientId,
    pub client_key: &'a str,
}

#[derive(Deserialize)]
struct KeptLine {
    realm: String,
    name: String,
}

#[derive(Debug)]
pub struct KeysFile {
    path: PathBuf,
    file: File,
}

impl KeysFile {
    /// Also returns for how many of `names` the file already holds the keys. They must be the first of `names`, in the
    /// same order.
    pub fn open(path: &Path, realm: &str, names: &[String]) -> Result<(Self, usize), Failure> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).mode(0o600);
        let created = options.clone().create_new(true).open(path);
        let file = match created {
            Ok(file) => {
                let keys = Self { path: path.to_path_buf(), file };
                keys.lock()?;
                return Ok((keys, 0));
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => options.open(path),
            Err(error) => Err(error),
        };
        let mut keys = Self { path: path.to_path_buf(), file: file.map_err(|error| failed(path, &error))? };
        keys.lock()?;
        let done = keys.resume(realm, names)?;
        Ok((keys, done))
    }

    /// Two imports must not write to one file: each would take the lines of the other for its own.
    fn lock(&self) -> Result<(), Failure> {
        match self.file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                Err(refused(&self.path, "another import writes to it: wait for its end"))
            }
            // Some file systems have no locks.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
        }
    }

    /// The keys are on disk when this returns.
    pub fn append(&mut self, keys: &[KeyLine<'_>]) -> Result<(), Failure> {
        let mut text = Zeroizing::new(Vec::new());
        for key in keys {
            serde_json::to_writer(&mut *text, key).map_err(|error| failed(&self.path, &error.into()))?;
            text.push(b'\n');
        }
        let written = self.file.write_all(&text).and_then(|()| self.file.sync_data());
        written.map_err(|error| {
            let message = format!(
                "{}: {error}. The credentials were created, but keys that are not in the file are lost: revoke those \
                 credentials, then run the same command again",
                self.path.display()
            );
            Failure::new(Exit::Failure, message)
        })
    }

    fn resume(&mut self, realm: &str, names: &[String]) -> Result<usize, Failure> {
        let path = self.path.clone();
        let mode = self.file.metadata().map_err(|error| failed(&path, &error))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(refused(&path, "others can access it: chmod 600 it, or choose another --keys-out"));
        }
        let mut text = Zeroizing::new(String::new());
        self.file.read_to_string(&mut text).map_err(|error| failed(&path, &error))?;
        // An incomplete last line comes from an interrupted write. It contains no complete key.
        let whole = text.rfind('\n').map_or(0, |at| at + 1);
        let mut done = 0;
        for line in text.get(..whole).unwrap_or_default().lines() {
            let kept: KeptLine = serde_json::from_str(line).map_err(|_| {
                refused(&path, "it is not a keys file of this command: choose another --keys-out")
            })?;
            if kept.realm != realm || names.get(done) != Some(&kept.name) {
                return Err(refused(
                    &path,
                    "it contains the keys of another import or realm: choose another --keys-out",
                ));
            }
            done += 1;
        }
        if whole < text.len() {
            self.file.set_len(whole as u64).map_err(|error| failed(&path, &error))?;
        }
        Ok(done)
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failure, format!("{}: {error}", path.display()))
}

fn refused(path: &Path, why: &str) -> Failure {
    Failure::new(Exit::Failure, format!("{} already exists, and {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn key(name: &str) -> KeyLine<'_> {
        KeyLine { realm: "demo", name, client_id: ClientId::from_u128(0), client_key: "key" }
    }

    #[test]
    fn goes_on_after_what_is_whole_and_takes_no_other_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys.jsonl");
        let all = names(&["a", "b", "c"]);
        let (mut keys, done) = KeysFile::open(&path, "demo", &all).expect("a new file");
        assert_eq!((done, path.metadata().expect("a file").permissions().mode() & 0o777), (0, 0o600));
        keys.append(&[key("a"), key("b")]).expect("a disk");
        let two = std::fs::read(&path).expect("a file");
        std::fs::write(&path, [two.as_slice(), b"{\"realm\":\"demo\",\"na"].concat()).expect("a disk");
        drop(keys);
        let (mut keys, done) = KeysFile::open(&path, "demo", &all).expect("the same import");
        assert_eq!((done, std::fs::read(&path).expect("a file")), (2, two.clone()));
        keys.append(&[key("c")]).expect("a disk");
        assert!(std::fs::read(&path).expect("a file").starts_with(&two));
        assert!(KeysFile::open(&path, "demo", &all).expect_err("in use").message.contains("another import"));
        drop(keys);
        for (realm, names) in
            [("demo", names(&["a", "x", "c"])), ("other", all.clone()), ("demo", names(&["a"]))]
        {
            assert!(KeysFile::open(&path, realm, &names).is_err());
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).expect("a file");
        assert!(KeysFile::open(&path, "demo", &all).is_err());
    }
}
