//! The journal file: appended to as rows are applied, and rewritten when most of it is obsolete.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::replication::journal::contents::{Contents, Ended, Segment};
use crate::replication::journal::error::JournalError;
use crate::replication::journal::line::{Line, Place};
use crate::replication::journal::shrinking::{Shrinking, Shrunk, replace};
use claviger_contract::Position;
use claviger_domain::TrustedNow;

/// The name within the data folder.
pub const JOURNAL_FILE: &str = "revocations.journal";

/// Most lines are reached positions, of which only the last counts. Above this size the file is rewritten.
const SMALL: u64 = 4 << 20;

pub struct Journal {
    path: PathBuf,
    /// Set for a server. A command beside a server only reads.
    kept: Option<Kept>,
    /// The part that was read under each cluster id.
    segments: BTreeMap<String, Segment>,
    /// Set while the file is rewritten.
    shrinking: Option<Shrinking>,
}

/// The file open for appending. Its owner holds the lock on the folder, so it is the only writer.
struct Kept {
    file: File,
    /// The length of all complete lines.
    length: u64,
    /// The length after the last rewrite.
    compact: u64,
    /// Bytes not yet written.
    pending: Vec<u8>,
    failing: bool,
}

impl Journal {
    /// Opens the journal of a server, which appends to it. Repeated entries are removed first.
    pub fn open(data_dir: &Path) -> Result<Self, JournalError> {
        let mut journal = Self::look(data_dir)?;
        let kept = journal.write_anew(None)?;
        journal.kept = Some(kept);
        Ok(journal)
    }

    /// Reads the journal for a command beside a server.
    pub fn look(data_dir: &Path) -> Result<Self, JournalError> {
        let path = data_dir.join(JOURNAL_FILE);
        let segments = read(&path)?.segments;
        Ok(Self { path, kept: None, segments, shrinking: None })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn reached(&self, cluster: &str) -> Option<&Place> {
        self.segments.get(cluster).map(|segment| &segment.reached)
    }

    /// The end of what was read under other cluster ids, if there was a row.
    pub fn last_of_others(&self, cluster: &str) -> Option<&Place> {
        let others = self.segments.iter().filter(|(known, _)| *known != cluster);
        let reached =
            others.map(|(_, segment)| &segment.reached).filter(|place| place.position > Position::ZERO);
        reached.max_by_key(|place| place.position)
    }

    /// Records that nothing is missing from here on.
    pub fn begin(&mut self, place: Place) {
        let segment = Segment { begins: place.clone(), reached: place.clone() };
        self.segments.insert(place.cluster.clone(), segment);
        self.append(&[Line::Begins { place }]);
    }

    /// Call this before answering from the reached state.
    pub fn note(&mut self, ended: Vec<Ended>, reached: Place, now: Option<TrustedNow>) {
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

    /// Also writes the system's cached data to disk.
    pub fn sync(&self) {
        if let Some(kept) = &self.kept
            && let Err(error) = kept.file.sync_data()
        {
            tracing::warn!(%error, path = %self.path.display(), "the revocation journal may not be on disk");
        }
    }

    /// For a restore: adds the contents of other journals, and starts the new cluster id.
    pub fn adopt(data_dir: &Path, mut contents: Contents, begins: Place) -> Result<(), JournalError> {
        let path = data_dir.join(JOURNAL_FILE);
        contents.merge(read(&path)?);
        contents.segments.insert(begins.cluster.clone(), Segment { begins: begins.clone(), reached: begins });
        contents.compact(None);
        replace(&path, &contents).map(drop)
    }

    fn append(&mut self, lines: &[Line]) {
        let Some(kept) = &mut self.kept else { return };
        for line in lines {
            if let Err(error) = line.write(&mut kept.pending) {
                tracing::error!(%error, "a line of the revocation journal cannot be written");
            }
        }
        kept.write(&self.path);
    }

    /// Another thread rewrites the file. `note` waits for that thread only when it appends faster than the thread
    /// reads. Otherwise the file would grow without limit.
    fn shrink(&mut self, now: Option<TrustedNow>) {
        let Some(kept) = self.kept.as_mut().filter(|kept| kept.pending.is_empty()) else { return };
        let allowed = SMALL.max(2 * kept.compact);
        let shrunk = match self.shrinking.take() {
            Some(shrinking) if !shrinking.is_done() && shrinking.appended(kept.length) < allowed => {
                self.shrinking = Some(shrinking);
                return;
            }
            Some(shrinking) => shrinking.finish(kept.length).map(Some),
            None if kept.length <= allowed => return,
            None => match Shrinking::start(&self.path, kept.length, now) {
                Ok(shrinking) => {
                    self.shrinking = Some(shrinking);
                    Ok(None)
                }
                Err(source) => Err(JournalError::File { path: self.path.clone(), source }),
            },
        };
        match shrunk {
            Ok(None) => {}
            Ok(Some(Shrunk { file, length, compact })) => {
                *kept = Kept { file, length, compact, pending: Vec::new(), failing: false };
            }
            Err(error) => {
                tracing::warn!(%error, "the revocation journal could not be compacted, and grows");
                kept.compact = kept.length;
            }
        }
    }

    fn write_anew(&self, now: Option<TrustedNow>) -> Result<Kept, JournalError> {
        let mut contents = read(&self.path)?;
        contents.compact(now);
        let length = replace(&self.path, &contents)?;
        let failed = |source| JournalError::File { path: self.path.clone(), source };
        let file = OpenOptions::new().append(true).open(&self.path).map_err(failed)?;
        Ok(Kept { file, length, compact: length, pending: Vec::new(), failing: false })
    }
}

impl Kept {
    /// A failed write is retried later. A full disk is logged, but does not stop answers.
    fn write(&mut self, path: &Path) {
        match self.file.write_all(&self.pending) {
            Ok(()) => {
                self.length += u64::try_from(self.pending.len()).unwrap_or(u64::MAX);
                self.pending.clear();
                if std::mem::take(&mut self.failing) {
                    tracing::info!(path = %path.display(), "the revocation journal is complete again");
                }
            }
            Err(error) => {
                // A partial line would corrupt the next one.
                let _ = self.file.set_len(self.length);
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::error!(
                        %error, path = %path.display(),
                        "the revocation journal cannot be written; trying again with the next row"
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use claviger_contract::Position;

    use claviger_contract::Timestamp;

    use super::*;
    use crate::crypto::LogHash;
    use claviger_domain::{Key, Restriction};

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
        let what = Restriction::Deleted(Key::SigningKey(format!("key {position}")));
        Ended { place: place(position), realm: "acme".parse().expect("a label"), until: None, what }
    }

    #[test]
    fn what_was_noted_is_there_when_it_is_opened_again_though_its_end_was_torn_off() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(JOURNAL_FILE);
        let mut journal = Journal::open(folder.path()).expect("a journal");
        assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        journal.begin(place(3));
        journal.note(vec![ended(4)], place(4), None);
        journal.note(Vec::new(), place(5), None);
        drop(journal);
        let whole = std::fs::read(&path).expect("a file");
        std::fs::write(&path, &whole[..whole.len() - 7]).expect("a file");
        let journal = Journal::open(folder.path()).expect("a journal");
        assert_eq!(journal.reached("a"), Some(&place(4)));
        assert_eq!(Contents::read(&path).expect("a journal").ended, [ended(4)]);
        // A damaged line in the middle is an error.
        std::fs::write(&path, [b"{\"line\":\"journal\",\"version\":1}\n{\n", &whole[..]].concat())
            .expect("a file");
        assert!(matches!(Journal::open(folder.path()), Err(JournalError::Line { line: 2, .. })));
    }

    #[test]
    fn it_does_not_grow_with_what_was_only_reached() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut journal = Journal::open(folder.path()).expect("a journal");
        journal.begin(place(1));
        journal.note(vec![ended(2)], place(2), None);
        // Twice `SMALL`: what is read for the rewrite, and what is appended meanwhile.
        let longest = 2 * SMALL + 4_096;
        for position in 3..120_000 {
            journal.note(Vec::new(), place(position), None);
            let length = std::fs::metadata(journal.path()).expect("a file").len();
            assert!(length <= longest, "{length} bytes at position {position}");
        }
        let contents = Contents::read(journal.path()).expect("a journal");
        assert_eq!(
            (contents.ended, contents.segments["a"].reached.clone()),
            (vec![ended(2)], place(119_999))
        );
    }

    #[test]
    fn what_is_noted_while_it_is_written_anew_is_not_lost_and_whoever_notes_does_not_wait() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut journal = Journal::open(folder.path()).expect("a journal");
        journal.begin(place(1));
        let many: Vec<Ended> = (2..200).map(ended).collect();
        journal.note(many.clone(), place(199), None);
        let length = journal.kept.as_ref().expect("a file").length;
        let shrinking = Shrinking::start(journal.path(), length, None).expect("a thread");
        journal.note(vec![ended(200)], place(200), None);
        journal.note(Vec::new(), place(201), None);
        journal.shrinking = Some(shrinking);
        for position in 202.. {
            journal.note(Vec::new(), place(position), None);
            if journal.shrinking.is_none() {
                break;
            }
        }
        journal.note(vec![ended(1_000_000)], place(1_000_000), None);
        drop(journal);
        let contents = Contents::read(&folder.path().join(JOURNAL_FILE)).expect("a journal");
        let expected: Vec<Ended> = many.into_iter().chain([ended(200), ended(1_000_000)]).collect();
        assert_eq!(contents.ended, expected);
        assert_eq!(contents.segments["a"].reached, place(1_000_000));
        assert!(!folder.path().join("revocations.journal.new").exists());
    }
}
