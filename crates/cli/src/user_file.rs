//! A file of the user that this program rewrites: locked while it is changed, and replaced atomically.

use std::ffi::OsString;
use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{Error, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown, symlink};
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};

/// Other processes of this program that change a file of the same folder wait until this value is dropped.
#[derive(Debug)]
pub struct UserFile {
    /// As the user named it.
    name: PathBuf,
    /// The file itself, behind symbolic links.
    target: PathBuf,
    _lock: File,
}

impl UserFile {
    /// Creates the folder if it is missing. Refuses names that cannot be those of a file to write.
    pub fn lock(name: &Path) -> Result<Self, Failure> {
        let folder = folder_of(name);
        let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        created.map_err(|error| match is_dangling(folder) {
            true => dangling(folder, "folder"),
            false => failed(folder, "cannot be created", &error),
        })?;
        let target = target_of(name)?;
        let folder = folder_of(&target);
        let lock = File::open(folder).map_err(|error| failed(folder, "cannot be opened", &error))?;
        match lock.lock() {
            // Some network file systems cannot lock a folder. There the replacement is still atomic.
            Err(error) if is_unsupported(&error) => {}
            locked => locked.map_err(|error| failed(folder, "cannot be locked", &error))?,
        }
        Ok(Self { name: name.to_path_buf(), target, _lock: lock })
    }

    /// `None` if there is no file.
    pub fn read(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        match std::fs::read_to_string(&self.target) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&self.name, "cannot be read", &error)),
        }
    }

    /// Keeps owner and mode of the file; a new one has mode 0600. Symbolic links to it stay.
    pub fn replace(&self, text: &str) -> Result<(), Failure> {
        let known = std::fs::metadata(&self.target).ok();
        put_in_place(&self.target, |beside| write_new(beside, text, known.as_ref())).map_err(|error| {
            let folder = folder_of(&self.target).display();
            refused(&self.name, &format!("cannot be written: {error} (in {folder}, which must be writable)"))
        })
    }

    /// Makes the name a symbolic link to `program`. An existing file is left in place.
    pub fn link(name: &Path, program: &Path) -> Result<(), Failure> {
        // The folder is locked as for a file beside the link, since the link itself may point anywhere.
        let _locked = Self::lock(&name.with_file_name(temporary_name(name, 0)))?;
        match std::fs::symlink_metadata(name) {
            Ok(known) if !known.is_symlink() => {
                let message =
                    format!("{} exists and is not a symbolic link: move it away first", name.display());
                Err(Failure::new(Exit::Conflict, message))
            }
            _ => put_in_place(name, |beside| symlink(program, beside))
                .map_err(|error| failed(name, "cannot be created", &error)),
        }
    }

    /// Removes the file, and the symbolic link through which it was named. Returns whether there was one.
    pub fn remove(&self) -> Result<bool, Failure> {
        let removed = |path: &Path| match std::fs::remove_file(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true).map_err(|error| failed(path, "cannot be removed", &error)),
        };
        let was_there = removed(&self.target)?;
        let is_link = std::fs::symlink_metadata(&self.name).is_ok_and(|known| known.is_symlink());
        Ok((is_link && removed(&self.name)?) || was_there)
    }
}

/// A symbolic link to a file that does not exist, which a writer must not replace or follow.
fn refuse_dangling(name: &Path) -> Result<(), Failure> {
    if is_dangling(name) { Err(dangling(name, "file")) } else { Ok(()) }
}

fn target_of(name: &Path) -> Result<PathBuf, Failure> {
    refuse_dangling(name)?;
    match std::fs::metadata(name) {
        Ok(known) if known.is_dir() => Err(refused(name, "is a folder, where a file is expected")),
        Ok(known) if !known.is_file() => Err(refused(name, "is not a regular file")),
        Ok(_) => name.canonicalize().map_err(|error| failed(name, "cannot be resolved", &error)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let folder = folder_of(name);
            let file = name.file_name().ok_or_else(|| refused(name, "is not the name of a file"))?;
            let folder = folder.canonicalize().map_err(|error| failed(folder, "cannot be opened", &error))?;
            Ok(folder.join(file))
        }
        Err(error) => Err(failed(name, "cannot be opened", &error)),
    }
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn is_dangling(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|known| known.is_symlink())
        && std::fs::metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
}

/// `make` creates a file under a name that no other process has, which then takes the place of `path`.
fn put_in_place(path: &Path, make: impl Fn(&Path) -> Result<(), Error>) -> Result<(), Error> {
    let beside = |attempt| path.with_file_name(temporary_name(path, attempt));
    for attempt in 0.. {
        let beside = beside(attempt);
        let made = match make(&beside) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            made => made.and_then(|()| std::fs::rename(&beside, path)),
        };
        if made.is_err() {
            // The first error is the one to report.
            let _ = std::fs::remove_file(&beside);
        }
        return made.and_then(|()| File::open(folder_of(path))?.sync_all());
    }
    Ok(())
}

fn temporary_name(path: &Path, attempt: u32) -> OsString {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}-{attempt}.new", std::process::id()));
    name
}

fn write_new(path: &Path, text: &str, known: Option<&Metadata>) -> Result<(), Error> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    if let Some(known) = known {
        let new = file.metadata()?;
        let mut mode = known.mode() & 0o777;
        let is_same = (known.uid(), known.gid()) == (new.uid(), new.gid());
        if !is_same && fchown(&file, Some(known.uid()), Some(known.gid())).is_err() {
            // The rights of a group must not become those of another group.
            mode &= 0o707;
        }
        file.set_permissions(Permissions::from_mode(mode))?;
    }
    file.sync_all()
}

fn is_unsupported(error: &Error) -> bool {
    let unsupported = [Errno::BADF, Errno::NOLCK, Errno::OPNOTSUPP, Errno::NOSYS];
    Errno::from_io_error(error).is_some_and(|errno| unsupported.contains(&errno))
}

fn failed(path: &Path, what: &str, error: &Error) -> Failure {
    Failure::new(Exit::Failure, format!("{} {what}: {error}", path.display()))
}

fn refused(path: &Path, what: &str) -> Failure {
    Failure::new(Exit::Failure, format!("{} {what}", path.display()))
}

fn dangling(path: &Path, what: &str) -> Failure {
    let target = std::fs::read_link(path).unwrap_or_default();
    refused(
        path,
        &format!(
            "is a symbolic link to {}, which does not exist: create that {what}, or remove the link",
            target.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &Path, text: &str) -> Result<(), Failure> {
        UserFile::lock(name)?.replace(text)
    }

    fn entries(folder: &Path) -> usize {
        std::fs::read_dir(folder).expect("a folder").count()
    }

    #[test]
    fn file_behind_links_is_replaced_and_keeps_its_mode() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("real")).expect("a folder");
        std::fs::write(at("real/file"), "before").expect("a file");
        std::fs::set_permissions(at("real/file"), Permissions::from_mode(0o644)).expect("a file");
        symlink("real/file", at("one")).expect("a link");
        symlink(at("one"), at("two")).expect("a link");
        symlink("real", at("folder")).expect("a link");
        for (name, text) in [("two", "a"), ("one", "b"), ("folder/file", "c"), ("real/file", "d")] {
            written(&at(name), text).expect("it is written");
            assert_eq!(std::fs::read_to_string(at("real/file")).expect("a file"), text);
        }
        let mode = std::fs::metadata(at("real/file")).expect("a file").mode();
        assert_eq!((mode & 0o777, entries(&at("real")), entries(folder.path())), (0o644, 1, 4));
        assert!(["one", "two", "folder"].iter().all(|name| at(name).is_symlink()));
        written(&at("new/er/file"), "new").expect("it is written");
        assert_eq!(std::fs::metadata(at("new/er/file")).expect("a file").mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        symlink("nowhere", at("dangling")).expect("a link");
        symlink("loop", at("loop")).expect("a link");
        std::fs::write(at("file"), "").expect("a file");
        // Nobody can create a file in /proc.
        let elsewhere = ["/dev/null", "/", "/proc/claviger", "/proc/claviger/file"].map(PathBuf::from);
        let names = ["dangling", "dangling/file", "loop", "file/below", ".", ".."];
        for name in names.map(at).into_iter().chain(elsewhere) {
            let failure = written(&name, "text").expect_err("it is refused");
            assert!(failure.message.contains(": ") || failure.message.contains(" is "), "{failure:?}");
        }
        assert!(written(&at("dangling"), "").expect_err("refused").message.contains("symbolic link"));
        assert_eq!(entries(folder.path()), 3);
    }

    #[test]
    fn removal_leaves_neither_file_nor_link() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "secret").expect("a file");
        symlink("file", at("link")).expect("a link");
        assert_eq!(UserFile::lock(&at("link")).expect("a file").remove(), Ok(true));
        assert_eq!(entries(folder.path()), 0);
        assert_eq!(UserFile::lock(&at("link")).expect("no file").remove(), Ok(false));
    }
}
