//! The file format: header, rows and trailer, each one line of JSON.

use std::io::{BufRead, Read, Write};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::crypto::RunningSum;
use crate::store::backup::error::BackupError;

pub const FORMAT: &str = "claviger-backup";
pub const VERSION: u32 = 1;

/// Far above the size of any row. A file without line ends is refused before it fills the memory.
const MAX_LINE_LENGTH: u64 = 16 << 20;

/// The first line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    pub format: String,
    pub version: u32,
    pub made_at: String,
    pub made_at_seconds: i64,
    /// The cluster id of the data that was backed up.
    pub cluster: String,
    /// The position of the change log.
    pub position: u64,
    /// The last migration of the tables.
    pub schema: String,
}

/// A line between the first and the last.
#[derive(Serialize, Deserialize)]
pub struct Line<'a> {
    pub table: &'a str,
    #[serde(borrow)]
    pub row: &'a RawValue,
}

/// The last line: a checksum over every byte before it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trailer {
    count: u64,
    sha256: String,
}

pub struct Writer<'a> {
    to: &'a mut dyn Write,
    hash: RunningSum,
    pub count: u64,
}

impl<'a> Writer<'a> {
    pub fn begin(to: &'a mut dyn Write, header: &Header) -> Result<Self, BackupError> {
        let mut writer = Self { to, hash: RunningSum::new(), count: 0 };
        writer.line(header)?;
        Ok(writer)
    }

    pub fn row(&mut self, line: &Line<'_>) -> Result<(), BackupError> {
        self.count += 1;
        self.line(line)
    }

    pub fn end(mut self) -> Result<u64, BackupError> {
        let trailer = Trailer { count: self.count, sha256: self.hash.hex() };
        self.line(&trailer)?;
        self.to.flush().map_err(BackupError::Write)?;
        Ok(self.count)
    }

    fn line(&mut self, object: &impl Serialize) -> Result<(), BackupError> {
        let mut line = serde_json::to_vec(object).map_err(|error| BackupError::Write(error.into()))?;
        line.push(b'\n');
        self.hash.update(&line);
        self.to.write_all(&line).map_err(BackupError::Write)
    }
}

/// Reads a backup from its first line to its last. The end reports whether the backup was complete.
pub struct Reader<R> {
    from: R,
    hash: RunningSum,
    line: u64,
    count: u64,
    buffer: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    pub fn begin(from: R) -> Result<(Self, Header), BackupError> {
        let mut reader = Self { from, hash: RunningSum::new(), line: 0, count: 0, buffer: Vec::new() };
        reader.fill().map_err(|error| match error {
            BackupError::Read(error) => BackupError::Read(error),
            _ => BackupError::NoHeader,
        })?;
        let header: Header = serde_json::from_slice(&reader.buffer).map_err(|_| BackupError::NoHeader)?;
        if header.format != FORMAT {
            return Err(BackupError::NoHeader);
        }
        if header.version != VERSION {
            return Err(BackupError::Version(header.version));
        }
        reader.hash.update(&reader.buffer);
        Ok((reader, header))
    }

    /// `None` is the end of a complete backup.
    pub fn row(&mut self) -> Result<Option<Line<'_>>, BackupError> {
        self.fill()?;
        if let Ok(trailer) = serde_json::from_slice::<Trailer>(&self.buffer) {
            // No checksum covers this line, so it must match byte for byte.
            let written = serde_json::to_vec(&trailer).unwrap_or_default();
            if self.buffer.strip_suffix(b"\n") != Some(&written) {
                return Err(BackupError::Checksum);
            }
            return self.finish(&trailer).map(|()| None);
        }
        self.hash.update(&self.buffer);
        self.count += 1;
        let line = self.line;
        serde_json::from_slice(&self.buffer)
            .map(Some)
            .map_err(|error| BackupError::Line { line, reason: error.to_string() })
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn line(&self) -> u64 {
        self.line
    }

    fn finish(&mut self, trailer: &Trailer) -> Result<(), BackupError> {
        if trailer.count != self.count {
            return Err(BackupError::Count { found: self.count, promised: trailer.count });
        }
        if trailer.sha256 != self.hash.hex() {
            return Err(BackupError::Checksum);
        }
        match self.fill() {
            Err(BackupError::CutOff) if self.buffer.is_empty() => Ok(()),
            Err(BackupError::Read(error)) => Err(BackupError::Read(error)),
            _ => {
                let reason = "there is more data after its last line".to_owned();
                Err(BackupError::Line { line: self.line, reason })
            }
        }
    }

    fn fill(&mut self) -> Result<(), BackupError> {
        self.buffer.clear();
        self.line += 1;
        let mut limited = (&mut self.from).take(MAX_LINE_LENGTH);
        limited.read_until(b'\n', &mut self.buffer).map_err(BackupError::Read)?;
        match self.buffer.last() {
            Some(b'\n') => Ok(()),
            _ if self.buffer.len() as u64 == MAX_LINE_LENGTH => {
                Err(BackupError::Line { line: self.line, reason: "it is too long".to_owned() })
            }
            _ => Err(BackupError::CutOff),
        }
    }
}
