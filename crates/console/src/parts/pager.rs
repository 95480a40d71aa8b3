//! Parts of a list: tabs, selects, sortable columns, pages.

use crate::links::Address;

/// A saved filter with its count.
#[derive(Clone, Debug)]
pub struct Tab {
    pub title: &'static str,
    pub count: u64,
    pub address: Address,
    pub current: bool,
}

/// An option of a select.
#[derive(Clone, Debug)]
pub struct Choice {
    pub value: String,
    pub title: String,
    pub chosen: bool,
}

/// The heading of a column that can be sorted by.
#[derive(Clone, Debug)]
pub struct Column {
    /// Sorts by it, or turns its direction around.
    pub address: Address,
    pub sorted: Sorted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sorted {
    Not,
    Ascending,
    Descending,
}

/// The foot of a list.
#[derive(Clone, Debug)]
pub struct Pager {
    /// Number of the first row that is shown, from 1; `None` if the list cannot tell, which cursors cannot.
    pub first: Option<u64>,
    pub shown: u64,
    /// How many match.
    pub total: u64,
    pub previous: Option<Address>,
    pub next: Option<Address>,
}

impl Pager {
    /// `1–8 of 96`, or `8 of 96`.
    pub fn words(&self) -> String {
        let total = crate::text::capped(&self.total);
        match self.first {
            Some(first) => {
                let last = (first + self.shown).saturating_sub(1);
                format!("{}–{} of {total}", crate::text::number(&first), crate::text::number(&last))
            }
            None => format!("{} of {total}", crate::text::number(&self.shown)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pager_says_what_is_shown() {
        for (first, shown, total, words) in [
            (Some(1), 8, 96, "1–8 of 96"),
            (None, 25, 4_000, "25 of 1,000+"),
            (Some(26), 1, 26, "26–26 of 26"),
        ] {
            let pager = Pager { first, shown, total, previous: None, next: None };
            assert_eq!(pager.words(), words);
        }
    }
}
