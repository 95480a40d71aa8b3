//! Parts that lists share.

use claviger_console::{Address, ListQuery, ListState, ListTab, Pager, TabCount};

/// The first tab of a list, with a few of its rows.
pub fn listed<Tab: ListTab>(list: Address, tabs: &'static [Tab], counts: &[u64]) -> ListState {
    let tab = tabs[0].words();
    let counted = |(tab, count): (&Tab, &u64)| TabCount { tab: tab.words(), count: *count };
    ListState {
        none_yet: false,
        tabs: tabs.iter().zip(counts).map(counted).collect(),
        tab,
        query: ListQuery {
            list,
            fields: vec![("status", tab.value.to_owned()), ("sort", "name".to_owned())],
        },
        selects: Vec::new(),
        dropped: false,
        pager: Pager { first: Some(1), shown: 3, total: counts[0], previous: None, next: None },
        elsewhere: None,
    }
}
