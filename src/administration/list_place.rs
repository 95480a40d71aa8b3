//! Where a page of a list in memory begins, and the page before it.

use crate::administration::listing::{Facts, Listable, Page};

/// Where a page of a list in memory begins.
pub struct Place {
    /// How many items lie before it.
    pub before: usize,
    /// The cursor of the page before it, which is empty for the first one; `None`: nothing lies before it.
    pub previous: Option<String>,
}

impl Page {
    /// For lists in memory: how much of them lies before this page.
    pub fn place<T: Listable>(&self, items: &[T]) -> Place {
        let all = items.iter().map(|item| (item.facts(&self.query.sort), item));
        let wanted = all.filter(|(facts, item)| self.narrows_to(facts) && self.wants_end(item.expires_at()));
        let mut before: Vec<Facts> =
            wanted.map(|(facts, _)| facts).filter(|facts| !self.is_beyond(facts)).collect();
        before.sort_by(|one, other| self.compared(one, other));
        let begin = before.len().saturating_sub(self.query.limit);
        let last = begin.checked_sub(1).and_then(|last| before.get(last));
        let previous = last.map(|last| self.cursor(last)).unwrap_or_default();
        Place { previous: (!before.is_empty()).then_some(previous), before: before.len() }
    }
}
