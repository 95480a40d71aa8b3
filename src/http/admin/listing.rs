//! Lists, a page at a time: `{"items": […], "next_cursor": …}`.

use std::fmt::Display;
use std::str::FromStr;

use actix_web::HttpRequest;
use serde::Serialize;

use super::outcome::Outcome;
use super::problem::Problem;
use crate::administration::FieldError;

/// `?limit=` 1 to 200, 50 unless told; `?cursor=` as the page before gave it.
pub struct Page {
    pub limit: usize,
    pub cursor: Option<String>,
}

#[derive(Serialize)]
struct Listed<'a, T> {
    items: &'a [T],
    next_cursor: Option<String>,
}

impl Page {
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let mut page = Self { limit: 50, cursor: None };
        for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
            match &*name {
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=200).contains(limit));
                    page.limit = limit.ok_or_else(|| invalid("limit", "a whole number from 1 to 200"))?;
                }
                "cursor" => page.cursor = Some(value.into_owned()),
                // Other parameters belong to the list itself, or to nobody.
                _ => {}
            }
        }
        Ok(page)
    }

    pub fn cursor<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        let parse =
            |text: &String| text.parse().map_err(|_| invalid("cursor", "the next_cursor of a page before"));
        self.cursor.as_ref().map(parse).transpose()
    }

    /// One more than the limit is asked for, so that the last page is known to be the last.
    pub fn asked(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)
    }

    pub fn answer<T: Serialize>(
        &self,
        items: &[T],
        cursor_of: impl Fn(&T) -> String,
    ) -> Result<Outcome, Problem> {
        let shown = items.get(..self.limit).unwrap_or(items);
        let next_cursor = if items.len() > self.limit { shown.last().map(cursor_of) } else { None };
        Outcome::ok(&Listed { items: shown, next_cursor })
    }

    /// For lists that are in memory, in the order of their keys: what lies beyond the cursor, whether its item is still there
    /// or not.
    pub fn slice<T: Serialize, K: Ord + FromStr + Display>(
        &self,
        items: &[T],
        key_of: impl Fn(&T) -> K,
    ) -> Result<Outcome, Problem> {
        let start = match self.cursor::<K>()? {
            None => 0,
            Some(cursor) => items.partition_point(|item| key_of(item) <= cursor),
        };
        self.answer(items.get(start..).unwrap_or_default(), |item| key_of(item).to_string())
    }
}

fn invalid(field: &str, detail: &str) -> Problem {
    Problem::invalid(vec![FieldError::new(field, detail)])
}
