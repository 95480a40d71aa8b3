//! What is wrong with a data file, and where.

use std::fmt;

/// All faults of a data file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub struct CatalogError {
    pub faults: Vec<CatalogFault>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogFault {
    pub file: String,
    /// A line, or a source type and its part.
    pub place: String,
    pub reason: String,
}

impl fmt::Display for CatalogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.file, self.place, self.reason)
    }
}

impl fmt::Display for CatalogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.faults.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Collects faults of one source type.
pub struct Faults<'a> {
    file: &'a str,
    source_type: &'a str,
    found: Vec<CatalogFault>,
}

impl<'a> Faults<'a> {
    pub fn new(file: &'a str, source_type: &'a str) -> Self {
        Self { file, source_type, found: Vec::new() }
    }

    pub fn into_found(self) -> Vec<CatalogFault> {
        self.found
    }

    pub fn add(&mut self, place: &str, reason: impl Into<String>) {
        let place = format!("source_type {}, {place}", self.source_type);
        self.found.push(CatalogFault { file: self.file.to_owned(), place, reason: reason.into() });
    }

    pub fn require(&mut self, fulfilled: bool, place: &str, reason: &str) {
        if !fulfilled {
            self.add(place, reason);
        }
    }
}
