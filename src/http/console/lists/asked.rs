//! What an address asks of a list. What names nothing is dropped, and the page says so.

use std::borrow::Cow;

use claviger_console::{Address, ListQuery, Pager};

use crate::administration::{Listable, Page};
use crate::http::console::request::Asked;
use crate::http::console::visit::Visit;
use claviger_domain::{Query, composed};

/// Rows on a page.
const ROWS: usize = 25;

pub struct AskedList {
    pub page: Page,
    pub query: ListQuery,
    pub dropped: bool,
}

/// Reads `q`, `sort`, `cursor` and the `filters`. `default` applies to those that the address leaves out, and `more` is asked
/// of the use case in any case.
pub fn asked_list<T: Listable>(
    asked: &Asked,
    list: Address,
    filters: &[&'static str],
    default: &[(&'static str, &str)],
    more: &[(&'static str, String)],
) -> AskedList {
    let mut fields: Vec<(&'static str, String)> = Vec::new();
    for name in ["q", "sort", "cursor"].into_iter().chain(filters.iter().copied()) {
        let given = asked.parameter(name);
        let usual = default.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        fields.push((name, if given.is_empty() { usual } else { given }.to_owned()));
    }
    let read = |fields: &[(&'static str, String)]| {
        let rows = ROWS.to_string();
        let parameters = fields.iter().chain(more).filter(|(_, value)| !value.is_empty());
        let parameters = parameters.map(|(name, value)| (*name, value.as_str()));
        let all = parameters.chain([("limit", rows.as_str())]);
        Page::read(all.map(|(name, value)| (Cow::from(name), Cow::from(value))), &T::LIST)
    };
    let mut dropped = false;
    // Each turn drops a parameter at least; a cursor may not fit to those that are left.
    for _ in 0..=fields.len() {
        match read(&fields) {
            Ok(page) => return AskedList { page, query: ListQuery { list, fields }, dropped },
            Err(errors) => {
                dropped = true;
                let wrong = |name: &str| errors.iter().any(|error| error.field == name);
                fields.iter_mut().filter(|(name, _)| wrong(name)).for_each(|(_, value)| value.clear());
            }
        }
    }
    fields.iter_mut().for_each(|(_, value)| value.clear());
    let page = read(&fields).unwrap_or_else(|_| Page::first(&T::LIST, ROWS));
    AskedList { page, query: ListQuery { list, fields }, dropped }
}

/// What the address has, in its order.
pub fn parameters(visit: &Visit) -> impl Iterator<Item = (&str, &str)> {
    visit.asked.query.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Keeps what the list's search finds, so that it can be counted.
pub fn keep_found<T: Listable>(items: &mut Vec<T>, query: &ListQuery) {
    let sought = composed(query.value("q")).to_lowercase();
    let is_found = |text: &String| text.to_lowercase().contains(&sought);
    items.retain(|item| item.facts("").searched.iter().any(is_found));
}

/// One page of a list in memory, and its foot.
pub fn page_of<T: Listable>(query: &ListQuery, page: &Page, items: Vec<T>) -> (Vec<T>, Pager) {
    let count = |items: usize| u64::try_from(items).unwrap_or(u64::MAX);
    let (place, total) = (page.place(&items), count(items.len()));
    let listed = page.select(items);
    let pager = Pager {
        first: Some(count(place.before) + 1),
        shown: count(listed.items.len()),
        total,
        previous: place.previous.map(|cursor| query.at(&cursor)),
        next: listed.next_cursor.map(|cursor| query.at(&cursor)),
    };
    (listed.items, pager)
}

/// A page of a list that a database sorts.
pub struct Read<T> {
    pub items: Vec<T>,
    /// The cursor of the page before it, which is empty for the first one; `None`: nothing lies before it.
    pub previous: Option<String>,
    pub next: Option<String>,
}

impl<T> Read<T> {
    /// How many the list has, where this page shows all of it.
    pub fn total(&self) -> Option<u64> {
        let is_all = self.previous.is_none() && self.next.is_none();
        is_all.then(|| u64::try_from(self.items.len()).unwrap_or(u64::MAX))
    }
}

/// Reads one page, and finds the page before it. `find` asks the database.
pub fn read_page<T: Listable, S, E>(
    page: &Page,
    sort: impl Fn(&str) -> S,
    find: impl Fn(&Query<S>) -> Result<Vec<T>, E>,
) -> Result<Read<T>, E> {
    let listed = page.answer(find(&page.query(&sort))?);
    let before = page.query_before(&sort, &listed.items).map(|query| find(&query)).transpose()?;
    let previous = before.and_then(|before| page.previous(&before));
    Ok(Read { items: listed.items, previous, next: listed.next_cursor })
}

/// The foot of such a page.
pub fn pager<T>(query: &ListQuery, read: &Read<T>, total: u64) -> Pager {
    Pager {
        first: read.previous.is_none().then_some(1),
        shown: u64::try_from(read.items.len()).unwrap_or(u64::MAX),
        total,
        previous: read.previous.as_ref().map(|cursor| query.at(cursor)),
        next: read.next.as_ref().map(|cursor| query.at(cursor)),
    }
}
