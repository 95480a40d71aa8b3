//! Orders and filters of the vault's lists.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VaultSort {
    Name,
    /// Same order as by id.
    CreatedAt,
    /// Of source credentials. Those that never expire are last.
    ExpiresAt,
}

/// Filters of the list of source credentials; `None` does not filter.
#[derive(Clone, Debug, Default)]
pub struct SourceCredentialFilter {
    pub source_type: Option<String>,
    /// Of the last validation.
    pub outcome: Option<String>,
}

/// Filters of the list of sources; `None` does not filter.
#[derive(Clone, Debug, Default)]
pub struct SourceFilter {
    pub source_type: Option<String>,
    /// The id of the source credential.
    pub credential: Option<String>,
}
