//! Paginated lists over HTTP: `{"items": […], "next_cursor": …}`.

use actix_web::HttpRequest;
use serde_json::{Value, json};

use crate::administration::{EXPIRES_BEFORE, Listable, MAX_PAGE_SIZE, MAX_SEARCH_LENGTH, Page};
use crate::http::admin::problem::Problem;
use crate::http::openapi::Operation;
use crate::http::openapi::schema::{between, one_of, text, time};

/// The page of `T` that a request asks for.
pub fn page_of<T: Listable>(request: &HttpRequest) -> Result<Page, Problem> {
    let parameters = form_urlencoded::parse(request.query_string().as_bytes());
    Page::read(parameters, &T::LIST).map_err(Problem::invalid)
}

/// Adds the parameters of the list of `T` to an OpenAPI operation.
pub fn list_operation<T: Listable>(operation: Operation) -> Operation {
    let operation = operation
        .query("limit", "Number of items per page; default 50", limit)
        .query("cursor", "next_cursor of the previous page, with the same sort and filters", text)
        .query("q", "Filter by part of a name, description or id, ignoring case", search)
        .query("sort", "Sort key; a leading minus reverses the order", sort::<T>);
    let operation = match T::LIST.statuses {
        [] => operation,
        _ => operation.query("status", "Filter by status", || one_of(T::LIST.statuses)),
    };
    match T::LIST.others.contains(&EXPIRES_BEFORE) {
        true => operation.query(EXPIRES_BEFORE, "Only items that expire, and do so before this time", time),
        false => operation,
    }
}

fn limit() -> Value {
    between(1, i64::try_from(MAX_PAGE_SIZE).unwrap_or(i64::MAX))
}

fn search() -> Value {
    json!({"type": "string", "maxLength": MAX_SEARCH_LENGTH})
}

fn sort<T: Listable>() -> Value {
    let sorts: Vec<String> =
        T::LIST.sorts.iter().flat_map(|sort| [(*sort).to_owned(), format!("-{sort}")]).collect();
    one_of(&sorts.iter().map(String::as_str).collect::<Vec<_>>())
}
