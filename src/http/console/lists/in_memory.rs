//! Lists of which all items are in memory: tabs with counts, selects, search, order and pages.

use claviger_console::{
    Address, Choice, FoundElsewhere, ListQuery, ListState, ListTab, Select, TabCount, TabWords,
};

use crate::administration::Listable;
use crate::http::console::lists::asked::{asked_list, keep_found, page_of};
use crate::http::console::visit::Visit;

/// What one list is narrowed by.
pub struct Narrowing<'a, T, Tab> {
    /// Its address, without a query.
    pub list: Address,
    /// In the syntax of `?sort=`.
    pub usual_sort: &'static str,
    /// The usual one first; there is one at least.
    pub tabs: &'a [Tab],
    pub is_in: &'a dyn Fn(Tab, &T) -> bool,
    pub filters: Vec<Filter<'a, T>>,
}

/// A select beside the search.
pub struct Filter<'a, T> {
    /// Its parameter in the address.
    pub key: &'static str,
    pub label: &'static str,
    /// The first choice, which filters nothing: `Any role`.
    pub any: &'static str,
    /// Values with their titles.
    pub choices: Vec<(String, String)>,
    pub has: &'a dyn Fn(&T, &str) -> bool,
}

/// Reads what the address asks of a list, and answers one page of it.
pub fn in_memory<T: Listable, Tab: ListTab>(
    visit: &Visit,
    items: Vec<T>,
    narrowing: Narrowing<'_, T, Tab>,
) -> (ListState, Vec<T>) {
    let Narrowing { list, usual_sort, tabs, is_in, filters } = narrowing;
    let given = visit.asked.parameter("status");
    let known = tabs.iter().find(|tab| tab.words().value == given);
    let usual = tabs.first().or(Tab::ALL.first());
    let counts: Vec<(Tab, u64)> =
        tabs.iter().map(|tab| (*tab, count(items.iter().filter(|item| is_in(*tab, item)).count()))).collect();
    let tab = known.or(usual).copied();
    let words: &'static TabWords = tab.map_or(&NO_TAB, ListTab::words);
    let asked = asked_list::<T>(&visit.asked, list, &[], &[("sort", usual_sort)], &[]);
    let mut query = asked.query;
    query.fields.push(("status", words.value.to_owned()));
    let mut dropped = asked.dropped || (known.is_none() && !given.is_empty());
    let none_yet = items.is_empty();
    let mut found = items;
    let mut selects = Vec::new();
    for filter in filters {
        let (select, unknown) = select(visit, &filter, &mut query);
        let value = query.value(filter.key);
        found.retain(|item| value.is_empty() || (filter.has)(item, value));
        dropped |= unknown;
        selects.push(select);
    }
    keep_found(&mut found, &query);
    let inside = |one: Tab| count(found.iter().filter(|item| is_in(one, item)).count());
    let total = tab.map_or(0, inside);
    let others = counts.iter().map(|(other, _)| *other).filter(|other| Some(*other) != tab);
    let elsewhere = others
        .map(|other| FoundElsewhere { tab: other.words(), count: inside(other) })
        .find(|elsewhere| elsewhere.count > 0 && total == 0);
    found.retain(|item| tab.is_some_and(|tab| is_in(tab, item)));
    let (items, pager) = page_of(&query, &asked.page, found);
    let state = ListState {
        none_yet,
        tabs: counts.iter().map(|(tab, count)| TabCount { tab: tab.words(), count: *count }).collect(),
        tab: words,
        pager,
        query,
        selects,
        dropped,
        elsewhere,
    };
    (state, items)
}

/// Of a list that has none.
const NO_TAB: TabWords = TabWords { value: "", title: "", one: "", many: "", found: "" };

/// The select; and whether the address asks for a choice that there is not, which is dropped.
fn select<T>(visit: &Visit, filter: &Filter<'_, T>, query: &mut ListQuery) -> (Select, bool) {
    let asked = visit.asked.parameter(filter.key);
    let is_known = filter.choices.iter().any(|(value, _)| value == asked);
    if is_known {
        query.fields.push((filter.key, asked.to_owned()));
    }
    let any = Choice { value: String::new(), title: filter.any.to_owned(), chosen: !is_known };
    let others = filter.choices.iter().map(|(value, title)| Choice {
        value: value.clone(),
        title: title.clone(),
        chosen: value == asked,
    });
    let choices = std::iter::once(any).chain(others).collect();
    (Select { key: filter.key, label: filter.label, choices }, !is_known && !asked.is_empty())
}

pub fn count(items: usize) -> u64 {
    u64::try_from(items).unwrap_or(u64::MAX)
}
