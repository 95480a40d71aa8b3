//! A query on a long list: filter, order and start.

use claviger_contract::Timestamp;

/// Items whose `key` follows this one's in the requested order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    pub key: String,
    pub id: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query<Sort> {
    pub sort: Sort,
    pub descending: bool,
    pub after: Option<After>,
    /// Maximum number of items.
    pub limit: usize,
    /// Lower-case substring of an item's name.
    pub search: Option<String>,
    pub status: Option<String>,
    /// Only items that expire, and do so before this time.
    pub expires_before: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialSort {
    Name,
    /// Same order as by id.
    CreatedAt,
    /// Those that never expire are last.
    ExpiresAt,
    /// Those that were never used are first.
    LastUsedAt,
}
