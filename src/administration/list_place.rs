//! Where a page of a list begins, and the page before it.

use crate::administration::listing::{Facts, Listable, Page};
use claviger_domain::{After, Query};

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

    /// For lists that a database sorts: asks for what lies before this page, the nearest first. `None` for the first page.
    pub fn query_before<S, T: Listable>(
        &self,
        sort: impl FnOnce(&str) -> S,
        shown: &[T],
    ) -> Option<Query<S>> {
        self.query.after.as_ref()?;
        // Nothing lies after the cursor any more: everything lies before it.
        let first = shown.first().map(|item| item.facts(&self.query.sort));
        let after = first.map(|Facts { key, id, .. }| After { key, id });
        let query = self.query(sort);
        Some(Query { descending: !query.descending, after, ..query })
    }

    /// The cursor of the page before this one, from what such a query found.
    pub fn previous<T: Listable>(&self, before: &[T]) -> Option<String> {
        let last = before.get(self.query.limit).map(|item| self.cursor(&item.facts(&self.query.sort)));
        (!before.is_empty()).then(|| last.unwrap_or_default())
    }
}
