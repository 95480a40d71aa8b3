//! What somebody asks of a long list: which of its items, in which order, from where on.

/// Items whose `key` comes after this one's in the order asked for.
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
    /// At most so many.
    pub limit: usize,
    /// In small letters; part of what an item is called.
    pub search: Option<String>,
    pub status: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialSort {
    Name,
    /// The order of ids too.
    CreatedAt,
}
