//! The file: appended to as rows are applied, and written anew when most of it is over.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use claviger_contract::Timestamp;

use super::JournalError;
use super::contents::{Contents, Ended, Segment};
use super::line::{Line, Place};

/// In the data folder.
pub const JOURNAL_FILE: &str = "revocations.journal";

/// Positions that were reached are most of what is written, and only the last counts: then the file is written anew.
const SMALL: u64 = 4 << 20;

pub struct Journal {
    path: PathBuf,
    /// Of a server. A command beside one only looks.
    kept: Option<Kept>,
    /// How far each life of the data was read.
    segments: BTreeMap<String, Segment>,
}

/// Held open for appending. Whoever has it holds the lock of its folder too: nobody else writes.
struct Kept {
    file: File,
    /// All of it whole lines.
    length: u64,
    /// Of when it was last written anew.
    compact: u64,
    /// What the disk has not taken yet.
    pending: Vec<u8>,
    failing: bool,
}

impl Journal {
    /// For a server, which appends to it. Whatever does not matter any more is left out first.
    pub fn open(data_dir: &Path, now: Timestamp) -> Result<Self, JournalError> {
        let mut journal = Self::look(data_dir)?;
        let kept = journal.write_anew(now)?;
        journal.kept = Some(kept);
        Ok(journal)
    }

    /// For a command beside a server.
    pub fn look(data_dir: &Path) -> Result<Self, JournalError> {
        let path = data_dir.join(JOURNAL_FILE);
        let segments = read(&path)?.segments;
        Ok(Self { path, kept: None, segments })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn reached(&self, cluster: &str) -> Option<&Place> {
        self.segments.get(cluster).map(|segment| &segment.reached)
    }

    /// From here on nothing is missing.
    pub fn begin(&mut self, place: Place) {
        let segment = Segment { begins: place.clone(), reached: place.clone() };
        self.segments.insert(place.cluster.clone(), segment);
        self.append(&[Line::Begins { place }]);
    }

    /// To be called before what was reached is answered from.
    pub fn note(&mut self, ended: Vec<Ended>, reached: Place, now: Timestamp) {
        let Some(segment) = self.segments.get_mut(&reached.cluster) else { return };
        segment.reached = reached.clone();
        let mut lines: Vec<Line> = ended
            .into_iter()
            .map(|Ended { place, realm, until, what }| Line::Ended { place, realm, until, what })
            .collect();
        let said =
            matches!(lines.last(), Some(Line::Ended { place, .. }) if place.position == reached.position);
        if !said {
            lines.push(Line::Reached { place: reached });
        }
        self.append(&lines);
        self.shrink(now);
    }

    /// Also what is only in the memory of the system.
    pub fn sync(&self) {
        if let Some(kept) = &self.kept
            && let Err(error) = kept.file.sync_data()
        {
            tracing::warn!(%error, path = %self.path.display(), "the journal of revocations may not be on disk");
        }
    }

    /// For a restore: what was told of other journals, and the life that begins with it.
    pub fn adopt(data_dir: &Path, mut contents: Contents, begins: Place) -> Result<(), JournalError> {
        let path = data_dir.join(JOURNAL_FILE);
        let now = begins.at;
        contents.merge(read(&path)?);
        contents.segments.insert(begins.cluster.clone(), Segment { begins: begins.clone(), reached: begins });
        contents.compact(now);
        replace(&path, &contents).map(drop)
    }

    fn append(&mut self, lines: &[Line]) {
        let Some(kept) = &mut self.kept else { return };
        for line in lines {
            if let Err(error) = line.write(&mut kept.pending) {
                tracing::error!(%error, "a line of the journal of revocations cannot be written");
            }
        }
        kept.write(&self.path);
    }

    fn shrink(&mut self, now: Timestamp) {
        let grown = |kept: &Kept| kept.pending.is_empty() && kept.length > SMALL.max(2 * kept.compact);
        if !self.kept.as_ref().is_some_and(grown) {
            return;
        }
        match self.write_anew(now) {
            Ok(kept) => self.kept = Some(kept),
            Err(error) => {
                tracing::warn!(%error, "the journal of revocations could not be written anew, and grows");
                if let Some(kept) = &mut self.kept {
                    kept.compact = kept.length;
                }
            }
        }
    }

    fn write_anew(&self, now: Timestamp) -> Result<Kept, JournalError> {
        let mut contents = read(&self.path)?;
        contents.compact(now);
        let length = replace(&self.path, &contents)?;
        let failed = |source| JournalError::File { path: self.path.clone(), source };
        let file = OpenOptions::new().append(true).open(&self.path).map_err(failed)?;
        Ok(Kept { file, length, compact: length, pending: Vec::new(), failing: false })
    }
}

impl Kept {
    /// What cannot be written is written later: a full disk must not end what this server says, only be said itself.
    fn write(&mut self, path: &Path) {
        match self.file.write_all(&self.pending) {
            Ok(()) => {
                self.length += u64::try_from(self.pending.len()).unwrap_or(u64::MAX);
                self.pending.clear();
                if std::mem::take(&mut self.failing) {
                    tracing::info!(path = %path.display(), "the journal of revocations is whole again");
                }
            }
            Err(error) => {
                // Half a line would make nonsense of the next.
                let _ = self.file.set_len(self.length);
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::error!(
                        %error, path = %path.display(),
                        "the journal of revocations cannot be written; trying again with the next row"
                    );
                }
            }
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.sync();
    }
}

fn read(path: &Path) -> Result<Contents, JournalError> {
    match Contents::read(path) {
        Err(JournalError::File { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            Ok(Contents::default())
        }
        read => read,
    }
}

/// Whole and on disk under its name, or not at all; returns its length.
fn replace(path: &Path, contents: &Contents) -> Result<u64, JournalError> {
    let failed = |source| JournalError::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    for line in contents.lines() {
        line.write(&mut bytes).map_err(|error| failed(error.into()))?;
    }
    let beside = path.with_extension("journal.new");
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(&beside)
        .map_err(failed)?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)?;
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use claviger_contract::Position;

    use super::*;
    use crate::crypto::LogHash;
    use crate::domain::Restriction;

    const NOW: Timestamp = Timestamp::from_epoch_seconds(1_800_000_000);

    fn place(position: u64) -> Place {
        Place {
            cluster: "a".to_owned(),
            position: Position::new(position),
            hash: LogHash::default(),
            at: NOW,
        }
    }

    fn ended(position: u64) -> Ended {
        let what = Restriction::SigningKeyDeleted { kid: format!("key {position}") };
        Ended { place: place(position), realm: "acme".parse().expect("a label"), until: None, what }
    }

    #[test]
    fn what_was_noted_is_there_when_it_is_opened_again_though_its_end_was_torn_off() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(JOURNAL_FILE);
        let mut journal = Journal::open(folder.path(), NOW).expect("a journal");
        assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        journal.begin(place(3));
        journal.note(vec![ended(4)], place(4), NOW);
        journal.note(Vec::new(), place(5), NOW);
        drop(journal);
        let whole = std::fs::read(&path).expect("a file");
        std::fs::write(&path, &whole[..whole.len() - 7]).expect("a file");
        let journal = Journal::open(folder.path(), NOW).expect("a journal");
        assert_eq!(journal.reached("a"), Some(&place(4)));
        assert_eq!(Contents::read(&path).expect("a journal").ended, [ended(4)]);
        // A damaged line in the middle is another matter.
        std::fs::write(&path, [b"{\"line\":\"journal\",\"version\":1}\n{\n", &whole[..]].concat())
            .expect("a file");
        assert!(matches!(Journal::open(folder.path(), NOW), Err(JournalError::Line { line: 2, .. })));
    }

    #[test]
    fn it_does_not_grow_with_what_was_only_reached() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut journal = Journal::open(folder.path(), NOW).expect("a journal");
        journal.begin(place(1));
        journal.note(vec![ended(2)], place(2), NOW);
        for position in 3..60_000 {
            journal.note(Vec::new(), place(position), NOW);
        }
        let length = std::fs::metadata(journal.path()).expect("a file").len();
        assert!(length < SMALL + 1_000, "{length}");
        let contents = Contents::read(journal.path()).expect("a journal");
        assert_eq!((contents.ended, contents.segments["a"].reached.clone()), (vec![ended(2)], place(59_999)));
    }
}
