//! The catalog of source types: read when it is first needed, since most servers keep no source credentials.

use std::sync::OnceLock;

use claviger_vault::Catalog;

#[derive(Default)]
pub struct SourceTypes(OnceLock<Catalog>);

impl SourceTypes {
    /// With the source types of an operator's file.
    pub fn of(catalog: Catalog) -> Self {
        Self(OnceLock::from(catalog))
    }

    pub fn catalog(&self) -> &Catalog {
        self.0.get_or_init(Catalog::built_in)
    }
}
