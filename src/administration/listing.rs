//! Lists of a realm's objects: pages, search, order, filters and cursors.

use std::borrow::Cow;
use std::cmp::Ordering;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use claviger_api::{FieldError, Listed};
use serde::Serialize;

use claviger_contract::Timestamp;
use claviger_domain::{After, Query, composed};

pub const MAX_PAGE_SIZE: usize = 200;
const PAGE: usize = 50;

/// Maximum length of a search text, in characters.
pub const MAX_SEARCH_LENGTH: usize = 256;

/// PostgreSQL neither stores nor compares such text.
const NUL: &str = "must not contain the character U+0000";

/// Query parameters that a list supports.
pub struct Shape {
    /// A minus before the name reverses the order.
    pub sorts: &'static [&'static str],
    /// In the syntax of `?sort=`.
    pub default_sort: &'static str,
    /// Empty if items have no status.
    pub statuses: &'static [&'static str],
    /// Parameters specific to this list.
    pub others: &'static [&'static str],
}

/// `?limit=` 1 to 200, default 50; `?cursor=` as returned with the previous page; `?q=`, `?status=`, `?sort=`.
pub struct Page {
    pub(super) query: Query<String>,
    others: Vec<(String, String)>,
}

/// Values that a list is sorted, searched and filtered by.
pub struct Facts {
    pub id: String,
    pub key: String,
    pub status: &'static str,
    pub searched: Vec<String>,
}

/// An object that is listed.
pub trait Listable: Serialize {
    const LIST: Shape;

    fn facts(&self, sort: &str) -> Facts;

    /// For lists in memory with [`EXPIRES_BEFORE`].
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }
}

/// The parameter of lists whose items expire.
pub const EXPIRES_BEFORE: &str = "expires_before";

/// The sort key of an item that may expire: those that never do are last.
pub fn end_key(expires_at: Option<Timestamp>) -> String {
    expires_at.map_or_else(|| "never".to_owned(), |end| end.to_string())
}

/// The sort key of an item that may have been used: those that never were are first.
pub fn use_key(last_used_at: Option<Timestamp>) -> String {
    last_used_at.map(|at| at.to_string()).unwrap_or_default()
}

fn usual(shape: &Shape) -> Query<String> {
    Query {
        sort: shape.default_sort.trim_start_matches('-').to_owned(),
        descending: shape.default_sort.starts_with('-'),
        after: None,
        limit: PAGE,
        search: None,
        status: None,
        expires_before: None,
    }
}

impl Page {
    /// The begin of a list, without filters.
    pub fn first(shape: &Shape, limit: usize) -> Self {
        Self { query: Query { limit, ..usual(shape) }, others: Vec::new() }
    }

    /// Reads the parameters of a query. All faults are returned together.
    pub fn read<'a>(
        parameters: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
        shape: &Shape,
    ) -> Result<Self, Vec<FieldError>> {
        let mut query = usual(shape);
        let (mut cursor, mut others, mut errors) = (None, Vec::new(), Vec::new());
        for (name, value) in parameters {
            let read = match &*name {
                _ if value.contains('\0') => Err(NUL.to_owned()),
                "limit" => limit(&value).map(|limit| query.limit = limit),
                "sort" => sort(&value, shape).map(|(key, down)| (query.sort, query.descending) = (key, down)),
                "q" => search(&value).map(|text| query.search = text),
                "status" if !shape.statuses.is_empty() => {
                    one_of(&value, shape.statuses).map(|status| query.status = Some(status))
                }
                "cursor" => {
                    cursor = Some(value.into_owned());
                    Ok(())
                }
                EXPIRES_BEFORE if shape.others.contains(&EXPIRES_BEFORE) => value
                    .parse()
                    .map(|time| query.expires_before = Some(time))
                    .map_err(|_| "must be a time such as 2027-01-31T12:00:00Z".to_owned()),
                other if shape.others.contains(&other) => {
                    others.push((name.to_string(), value.into_owned()));
                    Ok(())
                }
                _ => Err(format!("is unknown: {}", shape.parameters())),
            };
            errors.extend(read.err().map(|detail| FieldError::new(&*name, detail)));
        }
        let mut page = Self { query, others };
        match cursor.map(|cursor| page.read_cursor(&cursor)) {
            None => {}
            Some(Some(after)) => page.query.after = Some(after),
            Some(None) => {
                let detail = "must be the next_cursor of a page with the same sort and filters";
                errors.push(FieldError::new("cursor", detail));
            }
        }
        if errors.is_empty() { Ok(page) } else { Err(errors) }
    }

    /// A parameter specific to this list.
    pub fn other(&self, name: &str) -> Option<&str> {
        self.others.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// For lists that a database sorts. Requests one item more than the limit, to detect the last page.
    pub fn query<S>(&self, sort: impl FnOnce(&str) -> S) -> Query<S> {
        let Query { descending, after, limit, search, status, expires_before, .. } = self.query.clone();
        let sort = sort(&self.query.sort);
        Query { sort, descending, after, limit: limit + 1, search, status, expires_before }
    }

    /// The page of the items that such a query found.
    pub fn answer<T: Listable>(&self, mut items: Vec<T>) -> Listed<T> {
        let more = items.len() > self.query.limit;
        items.truncate(self.query.limit);
        let last = items.last().filter(|_| more).map(|item| item.facts(&self.query.sort));
        Listed { next_cursor: last.map(|last| self.cursor(&last)), items }
    }

    /// For lists in memory: the items after the cursor, even if the cursor's item no longer exists.
    pub fn select<T: Listable>(&self, items: Vec<T>) -> Listed<T> {
        let mut selection = self.selection();
        items.into_iter().for_each(|item| selection.offer(item));
        selection.finish()
    }

    /// As [`Self::select`], for items that need not all be in memory at once.
    pub fn selection<T: Listable>(&self) -> Selection<'_, T> {
        Selection { page: self, found: Vec::new() }
    }

    pub(super) fn compared(&self, one: &Facts, other: &Facts) -> Ordering {
        if self.query.descending { order(other).cmp(&order(one)) } else { order(one).cmp(&order(other)) }
    }

    fn wants(&self, facts: &Facts) -> bool {
        self.narrows_to(facts) && self.is_beyond(facts)
    }

    /// Whether it lies after the cursor.
    pub(super) fn is_beyond(&self, facts: &Facts) -> bool {
        self.query.after.as_ref().is_none_or(|after| {
            let (here, there) = (order(facts), (after.key.as_str(), after.id.as_str()));
            if self.query.descending { here < there } else { here > there }
        })
    }

    pub(super) fn narrows_to(&self, facts: &Facts) -> bool {
        let Query { search, status, .. } = &self.query;
        let found = |text: &String| {
            facts.searched.iter().any(|searched| searched.to_lowercase().contains(text.as_str()))
        };
        search.as_ref().is_none_or(found) && status.as_ref().is_none_or(|status| status == facts.status)
    }

    pub(super) fn wants_end(&self, expires_at: Option<Timestamp>) -> bool {
        self.query.expires_before.is_none_or(|before| expires_at.is_some_and(|end| end < before))
    }

    /// The start of the next page and the query that it belongs to.
    pub(super) fn cursor(&self, last: &Facts) -> String {
        let text = serde_json::json!([last.key, last.id, self.asked()]).to_string();
        URL_SAFE_NO_PAD.encode(text)
    }

    fn read_cursor(&self, cursor: &str) -> Option<After> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (key, id, asked): (String, String, String) = serde_json::from_slice(&bytes).ok()?;
        let readable = !key.contains('\0') && !id.contains('\0');
        (readable && asked == self.asked()).then_some(After { key, id })
    }

    /// Everything but limit and cursor.
    fn asked(&self) -> String {
        let Query { sort, descending, search, status, expires_before, .. } = &self.query;
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.append_pair("sort", &format!("{}{sort}", if *descending { "-" } else { "" }));
        text.extend_pairs(search.as_ref().map(|search| ("q", search)));
        text.extend_pairs(status.as_ref().map(|status| ("status", status)));
        text.extend_pairs(expires_before.map(|before| (EXPIRES_BEFORE, before.to_string())));
        text.extend_pairs(&self.others);
        text.finish()
    }
}

/// The first items of a page among those offered so far. Its memory depends on the size of the page alone.
pub struct Selection<'a, T> {
    page: &'a Page,
    found: Vec<(Facts, T)>,
}

impl<T: Listable> Selection<'_, T> {
    pub fn offer(&mut self, item: T) {
        let facts = item.facts(&self.page.query.sort);
        if self.page.wants(&facts) && self.page.wants_end(item.expires_at()) {
            self.found.push((facts, item));
            if self.found.len() > 2 * self.page.query.limit {
                self.keep_first();
            }
        }
    }

    pub fn finish(mut self) -> Listed<T> {
        self.keep_first();
        self.page.answer(self.found.into_iter().map(|(_, item)| item).collect())
    }

    /// One more than the page has, to detect the last page.
    fn keep_first(&mut self) {
        self.found.sort_by(|(one, _), (other, _)| self.page.compared(one, other));
        self.found.truncate(self.page.query.limit + 1);
    }
}

impl Shape {
    fn parameters(&self) -> String {
        let status = if self.statuses.is_empty() { None } else { Some("status") };
        let all =
            ["limit", "cursor", "q", "sort"].into_iter().chain(status).chain(self.others.iter().copied());
        format!("this list supports {}", all.collect::<Vec<_>>().join(", "))
    }
}

fn order(facts: &Facts) -> (&str, &str) {
    (&facts.key, &facts.id)
}

fn limit(text: &str) -> Result<usize, String> {
    let limit = text.parse().ok().filter(|limit| (1..=MAX_PAGE_SIZE).contains(limit));
    limit.ok_or_else(|| format!("must be a whole number from 1 to {MAX_PAGE_SIZE}"))
}

fn sort(text: &str, shape: &Shape) -> Result<(String, bool), String> {
    let key = text.strip_prefix('-').unwrap_or(text);
    let key =
        one_of(key, shape.sorts).map_err(|detail| format!("{detail}; a leading minus reverses the order"))?;
    Ok((key, text.starts_with('-')))
}

/// An empty text means no search.
fn search(text: &str) -> Result<Option<String>, String> {
    if text.chars().count() > MAX_SEARCH_LENGTH {
        return Err(format!("must have at most {MAX_SEARCH_LENGTH} characters"));
    }
    Ok(Some(composed(text).to_lowercase()).filter(|text| !text.is_empty()))
}

fn one_of(text: &str, known: &[&str]) -> Result<String, String> {
    let found = known.contains(&text).then(|| text.to_owned());
    found.ok_or_else(|| format!("must be one of {}", known.join(", ")))
}
