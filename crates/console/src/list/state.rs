//! How a list is narrowed, and how much of it is shown.

use super::words::TabWords;
use crate::links::Address;
use crate::parts::{Choice, ListQuery, Pager};
use crate::text::capped;

#[derive(Clone, Debug)]
pub struct ListState {
    /// Whether the realm has not a single one.
    pub none_yet: bool,
    /// With one tab there is nothing to choose, and none is shown.
    pub tabs: Vec<TabCount>,
    pub tab: &'static TabWords,
    /// `status`, `q`, `sort`, `cursor` and the selects.
    pub query: ListQuery,
    pub selects: Vec<Select>,
    /// Whether a parameter was dropped, because it names nothing.
    pub dropped: bool,
    pub pager: Pager,
    /// The first other tab in which the search finds something, if it finds nothing here.
    pub elsewhere: Option<FoundElsewhere>,
}

#[derive(Clone, Copy, Debug)]
pub struct TabCount {
    pub tab: &'static TabWords,
    pub count: u64,
}

/// A filter beside the search.
#[derive(Clone, Debug)]
pub struct Select {
    /// Its parameter in the address.
    pub key: &'static str,
    pub label: &'static str,
    pub choices: Vec<Choice>,
}

#[derive(Clone, Copy, Debug)]
pub struct FoundElsewhere {
    pub tab: &'static TabWords,
    pub count: u64,
}

impl ListState {
    /// Whether a search or a select is on.
    pub fn narrowed(&self) -> bool {
        let keys = self.selects.iter().map(|select| select.key);
        keys.chain(["q"]).any(|key| !self.query.value(key).is_empty())
    }

    /// What the search form carries along.
    pub(super) fn hidden(&self) -> Vec<(&'static str, &str)> {
        let shown: Vec<&str> = self.selects.iter().map(|select| select.key).collect();
        self.query.hidden(&shown)
    }

    pub(super) fn address_of(&self, tab: &TabWords) -> Address {
        self.query.replaced("status", tab.value).address()
    }
}

impl FoundElsewhere {
    pub(super) fn words(&self) -> String {
        match self.count {
            1 => self.tab.found.to_owned(),
            many => format!("{} among the {} do.", capped(&many), self.tab.many),
        }
    }

    pub(super) const fn link(&self) -> &'static str {
        if self.count == 1 { "Show it" } else { "Show them" }
    }
}
