//! All source types: those that are built in, and those of an operator's file.

use serde::Deserialize;

use crate::catalog::faults::{CatalogError, CatalogFault};
use crate::catalog::lint::lint;
use crate::catalog::scopes::Implications;
use crate::catalog::source_type::SourceType;

const BUILT_IN: &str = include_str!("../../catalog.toml");
const BUILT_IN_FILE: &str = "built-in catalog";
const SCHEMA_VERSION: u32 = 2;

/// The source types that credentials can be stored for. Every one of them has passed the lint.
#[derive(Clone, Debug)]
pub struct Catalog {
    types: Vec<SourceType>,
    implies: Implications,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema_version: u32,
    #[serde(default)]
    implies: Implications,
    #[serde(default, rename = "source_type")]
    source_types: Vec<SourceType>,
}

impl Catalog {
    #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
    pub fn built_in() -> Self {
        Self::read(BUILT_IN_FILE, BUILT_IN).expect("the built-in catalog has no faults")
    }

    /// The built-in types with those of an operator's file: one with the id of a built-in type replaces it whole.
    pub fn with(file: &str, operator_text: &str) -> Result<Self, CatalogError> {
        let mut catalog = Self::built_in();
        let added = parse(file, operator_text)?;
        catalog.implies.extend(added.implies);
        let mut faults = Vec::new();
        for source_type in added.source_types {
            faults.extend(lint(file, &source_type, &catalog.implies));
            match catalog.types.iter_mut().find(|other| other.id == source_type.id) {
                Some(other) => *other = source_type,
                None => catalog.types.push(source_type),
            }
        }
        if faults.is_empty() { Ok(catalog) } else { Err(CatalogError { faults }) }
    }

    fn read(file: &str, text: &str) -> Result<Self, CatalogError> {
        let File { implies, source_types, .. } = parse(file, text)?;
        let faults: Vec<_> =
            source_types.iter().flat_map(|source_type| lint(file, source_type, &implies)).collect();
        if faults.is_empty() {
            Ok(Self { types: source_types, implies })
        } else {
            Err(CatalogError { faults })
        }
    }

    pub fn source_type(&self, id: &str) -> Option<&SourceType> {
        self.types.iter().find(|source_type| source_type.id == id)
    }

    pub fn source_types(&self) -> &[SourceType] {
        &self.types
    }

    pub(crate) fn implied_by<'a>(&'a self, set: &str, scope: &str) -> &'a [String] {
        self.implies.get(set).and_then(|set| set.get(scope)).map_or(&[], Vec::as_slice)
    }
}

fn parse(file: &str, text: &str) -> Result<File, CatalogError> {
    let fault = |place: String, reason: String| CatalogError {
        faults: vec![CatalogFault { file: file.to_owned(), place, reason }],
    };
    let parsed: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let place = line.map_or_else(|| "file".to_owned(), |line| format!("line {line}"));
        fault(place, error.message().to_owned())
    })?;
    if parsed.schema_version != SCHEMA_VERSION {
        let reason = format!("must be {SCHEMA_VERSION}, not {}", parsed.schema_version);
        return Err(fault("schema_version".to_owned(), reason));
    }
    let mut ids: Vec<&str> = parsed.source_types.iter().map(|source_type| source_type.id.as_str()).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(fault(format!("source_type {}", twice[0]), "stands twice in the file".to_owned()));
    }
    Ok(parsed)
}
