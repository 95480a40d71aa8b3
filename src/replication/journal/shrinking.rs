//! Rewrites the journal while the server appends to it. The server then only copies the new end of the old file.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use crate::replication::journal::contents::Contents;
use crate::replication::journal::error::JournalError;
use claviger_domain::TrustedNow;

/// A thread that rewrites the entries still needed from the first `upto` bytes.
pub struct Shrinking {
    path: PathBuf,
    upto: u64,
    thread: Option<JoinHandle<Result<u64, JournalError>>>,
}

/// The new file, which has replaced the old one, open for appending.
pub struct Shrunk {
    pub file: File,
    pub length: u64,
    /// The rewritten bytes, without those appended meanwhile.
    pub compact: u64,
}

impl Shrinking {
    /// `upto` is the end of a line.
    pub fn start(path: &Path, upto: u64, now: Option<TrustedNow>) -> std::io::Result<Self> {
        let own = path.to_owned();
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || write_beside(&own, &contents_upto(&own, upto, now)?))?;
        Ok(Self { path: path.to_owned(), upto, thread: Some(thread) })
    }

    pub fn is_done(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// The bytes of the old file, now `length` long, that the thread does not read.
    pub fn appended(&self, length: u64) -> u64 {
        length.saturating_sub(self.upto)
    }

    /// Waits for the thread, copies what was appended since, up to `length`, and replaces the old file.
    pub fn finish(mut self, length: u64) -> Result<Shrunk, JournalError> {
        let failed = |source| JournalError::File { path: self.path.clone(), source };
        let ended = self.thread.take().map(JoinHandle::join);
        let Some(Ok(written)) = ended else {
            return Err(failed(std::io::Error::other("the thread that compacts it has ended")));
        };
        let compact = written?;
        let mut old = File::open(&self.path).map_err(failed)?;
        old.seek(SeekFrom::Start(self.upto)).map_err(failed)?;
        let mut end = Vec::new();
        old.take(self.appended(length)).read_to_end(&mut end).map_err(failed)?;
        let beside = beside(&self.path);
        let mut file = OpenOptions::new().append(true).open(&beside).map_err(failed)?;
        file.write_all(&end).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        std::fs::rename(&beside, &self.path).map_err(failed)?;
        sync_later(&file, &self.path);
        Ok(Shrunk { file, length, compact })
    }
}

/// Waits for the thread to end, because it must not write beside a later owner of the journal.
impl Drop for Shrinking {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Syncs in another thread. Until then the end of the file is only in the system's cache, as appended lines always are
/// at first.
fn sync_later(file: &File, path: &Path) {
    let Ok(file) = file.try_clone() else { return };
    let path = path.to_owned();
    let sync = move || {
        if let Err(error) = file.sync_all().and_then(|()| sync_folder(&path)) {
            tracing::warn!(%error, path = %path.display(), "the revocation journal may not be on disk");
        }
    };
    let _ = std::thread::Builder::new().name("journal".to_owned()).spawn(sync);
}

fn contents_upto(path: &Path, upto: u64, now: Option<TrustedNow>) -> Result<Contents, JournalError> {
    let failed = |source| JournalError::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(upto).read_to_end(&mut bytes)).map_err(failed)?;
    let mut contents = Contents::parse(&bytes).map_err(|(line, reason)| JournalError::Line {
        path: path.to_owned(),
        line,
        reason,
    })?;
    contents.compact(now);
    Ok(contents)
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("journal.new")
}

/// Writes a complete file to disk under another name; returns its length.
fn write_beside(path: &Path, contents: &Contents) -> Result<u64, JournalError> {
    let failed = |source| JournalError::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    for line in contents.lines() {
        line.write(&mut bytes).map_err(|error| failed(error.into()))?;
    }
    // A file left behind would keep its mode.
    match std::fs::remove_file(beside(path)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    let mut file = options.create_new(true).write(true).mode(0o600).open(beside(path)).map_err(failed)?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    Ok(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
}

/// Replaces the file on disk completely or not at all; returns its length.
pub fn replace(path: &Path, contents: &Contents) -> Result<u64, JournalError> {
    let length = write_beside(path, contents)?;
    let failed = |source| JournalError::File { path: path.to_owned(), source };
    std::fs::rename(beside(path), path).and_then(|()| sync_folder(path)).map_err(failed)?;
    Ok(length)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
