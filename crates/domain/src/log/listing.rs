//! A query on a long list: filter, order and start.

use claviger_contract::{Position, Timestamp};

use crate::records::member::MemberId;
use crate::records::names::Name;

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

/// What lists of service credentials can be filtered by, beside a [`Status`](crate::Status).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialFilter {
    /// Active, and without an end.
    NeverExpires,
    /// Active, and not used for [`CredentialFilter::UNUSED_DAYS`] although it is that old.
    Unused,
}

impl CredentialFilter {
    pub const ALL: [Self; 2] = [Self::NeverExpires, Self::Unused];
    pub const UNUSED_DAYS: i64 = 90;

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeverExpires => "never_expires",
            Self::Unused => "unused",
        }
    }
}

/// What each service credential of a list has, beside a status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialMatch {
    pub group: Option<Name>,
    pub created_by: Option<MemberId>,
}

/// Which opaque tokens a list has, beside a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenMatch {
    /// Their owner; `None`: all members.
    pub member: Option<MemberId>,
    /// The realm's: older tokens are revoked.
    pub cut: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSort {
    /// Same order as by id.
    CreatedAt,
    ExpiresAt,
    /// Those that were never used are first.
    LastUsedAt,
}

impl TokenSort {
    /// By its name in the API; by creation for any other text.
    pub fn named(name: &str) -> Self {
        match name {
            "expires_at" => Self::ExpiresAt,
            "last_used_at" => Self::LastUsedAt,
            _ => Self::CreatedAt,
        }
    }
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

impl CredentialSort {
    /// By its name in the API; by creation for any other text.
    pub fn named(name: &str) -> Self {
        match name {
            "name" => Self::Name,
            "expires_at" => Self::ExpiresAt,
            "last_used_at" => Self::LastUsedAt,
            _ => Self::CreatedAt,
        }
    }
}
