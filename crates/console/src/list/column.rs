//! The heading of a column.

#[derive(Clone, Copy, Debug)]
pub struct ListColumn {
    pub title: &'static str,
    /// The key that `sort` has for it; `None` if the list cannot be sorted by it.
    pub sort: Option<&'static str>,
    /// Whether narrow screens leave it out.
    pub wide: bool,
    /// Whether its title stands before the value on narrow screens.
    pub labeled: bool,
}

impl ListColumn {
    pub const fn new(title: &'static str) -> Self {
        Self { title, sort: None, wide: false, labeled: false }
    }

    #[must_use]
    pub const fn sorted_by(self, key: &'static str) -> Self {
        Self { sort: Some(key), ..self }
    }

    #[must_use]
    pub const fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    #[must_use]
    pub const fn labeled(self) -> Self {
        Self { labeled: true, ..self }
    }

    /// The class of its heading and its cells.
    pub(super) const fn class(&self) -> &'static str {
        if self.wide { "wide" } else { "" }
    }
}
